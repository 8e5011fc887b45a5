"""The events of webhook endpoints. They go out thin."""

from typing import Final

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.outbox.event import NewEvent

DISABLED: Final = "webhook_endpoint.disabled"
# Goes to its own endpoint only, whatever that subscribed to; there is nothing to subscribe to.
TEST: Final = "webhook_endpoint.test"
EVENT_TYPES: Final = (DISABLED, TEST)


def endpoint_disabled(endpoint: WebhookEndpoint) -> NewEvent:
    """Tell the merchant's other endpoints that ``endpoint`` (after the change) receives nothing any more."""
    return _told(DISABLED, endpoint)


def endpoint_tested(endpoint: WebhookEndpoint) -> NewEvent:
    """Make the event that shows ``endpoint`` a webhook without anything having happened."""
    return _told(TEST, endpoint)


def _told(event_type: str, endpoint: WebhookEndpoint) -> NewEvent:
    return NewEvent(
        type=event_type,
        subject_type="webhook_endpoint",
        subject_id=endpoint.id,
        revision=endpoint.revision,
        merchant_ids=(endpoint.merchant_id,),
        snapshot=b'{"id":"%s"}' % endpoint.id.encode(),
    )
