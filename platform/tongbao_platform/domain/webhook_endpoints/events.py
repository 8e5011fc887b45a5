"""The events of webhook endpoints. Their data goes out thin."""

from typing import Final

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.outbox.event import NewEvent

DISABLED: Final = "webhook_endpoint.disabled"
# Goes to its own endpoint only, whatever that endpoint asked for; never part of a filter.
TEST: Final = "webhook_endpoint.test"
EVENT_TYPES: Final = (DISABLED, TEST)


def told(event_type: str, endpoint: WebhookEndpoint) -> NewEvent:
    """Tell the endpoint's owner about it."""
    return NewEvent(
        type=event_type,
        subject_type="webhook_endpoint",
        subject_id=endpoint.id,
        revision=endpoint.revision,
        merchant_ids=(endpoint.merchant_id,),
        snapshot=b'{"id":"%s"}' % endpoint.id.encode(),
    )


def endpoint_disabled(endpoint: WebhookEndpoint) -> NewEvent:
    """Tell that the endpoint was disabled."""
    return told(DISABLED, endpoint)
