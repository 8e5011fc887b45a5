"""Delete a webhook endpoint with its secrets. What was delivered stays on record; what waits is canceled when due."""

import msgspec

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.audit import audited
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class DeleteWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Name the endpoint."""

    endpoint_id: str


def keys(command: DeleteWebhookEndpoint, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: DeleteWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Delete it; the result is the endpoint as it was."""
    del now
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    return Changes(result=endpoint, delete=(endpoint,), audit=audited("delete", endpoint))
