"""Delete a webhook endpoint; nothing more is sent to it."""

import msgspec

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class DeleteWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint to delete."""

    endpoint_id: str


def keys(command: DeleteWebhookEndpoint, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: DeleteWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Delete the row; the result is the endpoint as it was."""
    del now
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    audited = NewAuditEntry(action="webhook_endpoint.delete", object_type="webhook_endpoint", object_id=endpoint.id)
    return Changes(result=endpoint, delete=(endpoint,), audit=(audited,))
