"""Send a test event to one webhook endpoint: the relay gives it to that endpoint alone."""

import msgspec

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.events import TEST, told
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class SendTestEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint to try."""

    endpoint_id: str


def keys(command: SendTestEvent, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: SendTestEvent, now: Instant) -> Changes | Refusal:
    """Commit the event; the result is the endpoint, unchanged."""
    del now
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    return Changes(result=endpoint, events=(told(TEST, endpoint),))
