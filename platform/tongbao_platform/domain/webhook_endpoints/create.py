"""Create a webhook endpoint. Its secret is shown once, by the caller who drew it."""

import msgspec

from tongbao_platform.domain.webhook_endpoints.audit import audited
from tongbao_platform.domain.webhook_endpoints.errors import MOST_ENDPOINTS, TOO_MANY
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.states import advance
from tongbao_platform.domain.webhook_endpoints.subscription import refuse_event_types
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CreateWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint to create for ``merchant_id``.

    ``url`` has passed ``delivery.url_rules``; each of ``event_types`` exists, or it is ``("*",)``; ``secret_sealed`` is
    a fresh secret sealed for ``endpoint_id``; ``endpoints_before`` is how many the merchant had a moment ago.
    """

    endpoint_id: str
    merchant_id: str
    client_id: str
    livemode: bool
    url: str
    event_types: tuple[str, ...]
    api_version: str
    secret_sealed: str
    description: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    endpoints_before: int = 0


def keys(command: CreateWebhookEndpoint, found: Found) -> Keys:
    """Need no row: the id is fresh."""
    del command, found
    return Keys()


def decide(rows: Rows, command: CreateWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Insert the endpoint, enabled; the result is the endpoint."""
    del rows
    refusal = refuse_event_types(command.event_types)
    if refusal is not None:
        return refusal
    if command.endpoints_before >= MOST_ENDPOINTS:
        return TOO_MANY
    endpoint = WebhookEndpoint(
        id=command.endpoint_id,
        livemode=command.livemode,
        revision=1,
        status=advance(None, "enabled"),
        merchant_id=command.merchant_id,
        client_id=command.client_id,
        url=command.url,
        event_types=command.event_types,
        description=command.description,
        api_version=command.api_version,
        metadata=command.metadata,
        secret_sealed=command.secret_sealed,
        created_at=now,
    )
    return Changes(result=endpoint, insert=(endpoint,), audit=audited("create", endpoint))
