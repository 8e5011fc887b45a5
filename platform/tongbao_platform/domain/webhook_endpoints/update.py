"""Change a webhook endpoint: what is given replaces what was; what is ``UNSET`` stays."""

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.model import EndpointStatus, WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class UpdateWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The changes; ``description`` ``None`` clears it."""

    endpoint_id: str
    url: str | UnsetType = UNSET
    event_types: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    api_version: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    status: EndpointStatus | UnsetType = UNSET


def keys(command: UpdateWebhookEndpoint, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: UpdateWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Apply the changes; one that changes nothing is no revision."""
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    changed = endpoint
    for name in ("url", "event_types", "description", "api_version", "metadata"):
        value = getattr(command, name)
        if value is not UNSET:
            changed = replace(changed, **{name: value})
    if isinstance(command.status, str) and command.status != endpoint.status:
        off = command.status == "disabled"
        changed = replace(
            changed,
            status=advance(endpoint.status, command.status),
            disabled_reason="merchant" if off else None,
            disabled_at=now if off else None,
        )
    if changed == endpoint:
        return Changes(result=endpoint)
    changed = replace(changed, revision=endpoint.revision + 1)
    audited = NewAuditEntry(action="webhook_endpoint.update", object_type="webhook_endpoint", object_id=endpoint.id)
    return Changes(result=changed, update=(changed,), audit=(audited,))
