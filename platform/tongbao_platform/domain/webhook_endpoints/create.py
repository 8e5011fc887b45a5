"""Create a webhook endpoint. Its secret is drawn by the caller, who shows it once; here it is sealed already."""

import msgspec

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CreateWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint to create; its URL was checked by the rules of delivery."""

    endpoint_id: str
    merchant_id: str
    client_id: str
    livemode: bool
    url: str
    event_types: tuple[str, ...]
    description: str | None
    api_version: str
    metadata: dict[str, str]
    secret_sealed: str


def keys(command: CreateWebhookEndpoint, found: Found) -> Keys:
    """Need nothing that exists."""
    del command, found
    return Keys()


def decide(rows: Rows, command: CreateWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Store it, switched on; the result is the ``WebhookEndpoint``."""
    del rows
    endpoint = WebhookEndpoint(
        id=command.endpoint_id,
        livemode=command.livemode,
        revision=1,
        merchant_id=command.merchant_id,
        client_id=command.client_id,
        url=command.url,
        event_types=command.event_types,
        description=command.description,
        api_version=command.api_version,
        status=advance(None, "enabled"),
        metadata=command.metadata,
        secret_sealed=command.secret_sealed,
        created_at=now,
    )
    return Changes(result=endpoint, insert=(endpoint,), audit=(_audited(endpoint),))


def _audited(endpoint: WebhookEndpoint) -> NewAuditEntry:
    return NewAuditEntry(action="webhook_endpoint.create", object_type="webhook_endpoint", object_id=endpoint.id)
