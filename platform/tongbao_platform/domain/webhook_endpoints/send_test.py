"""Send a webhook endpoint a test event, through the same pipeline as every other event."""

import msgspec

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.events import endpoint_tested
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class SendTestEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Name the endpoint, enabled or not: whoever repairs a receiver tests it before enabling it."""

    endpoint_id: str


def keys(command: SendTestEvent, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: SendTestEvent, now: Instant) -> Changes | Refusal:
    """Tell the event; the result is the endpoint. The delivery appears with the next round of the relay."""
    del now
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    return Changes(result=endpoint, events=(endpoint_tested(endpoint),))
