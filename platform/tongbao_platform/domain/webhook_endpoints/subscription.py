"""Which events an endpoint is to receive."""

from tongbao_platform.domain.webhook_endpoints.errors import event_types_refused
from tongbao_platform.domain.webhook_endpoints.events import TEST
from tongbao_platform.domain.webhook_endpoints.model import EVERY_EVENT, WebhookEndpoint
from tongbao_platform.kernel.errors import Refusal


def wants(endpoint: WebhookEndpoint, event_type: str, subject_id: str) -> bool:
    """Tell whether ``endpoint`` is to receive an event of its merchant.

    A test event goes to the endpoint it is about and to no other, also when that is disabled: whoever repairs a
    receiver tests it before enabling it.
    """
    if event_type == TEST:
        return endpoint.id == subject_id
    return endpoint.status == "enabled" and (EVERY_EVENT in endpoint.event_types or event_type in endpoint.event_types)


def refuse_event_types(event_types: tuple[str, ...]) -> Refusal | None:
    """Refuse an empty choice, a repeated type, and ``*`` beside others; that each type exists is the caller's check."""
    if not event_types:
        return event_types_refused('Name at least one event type, or "*" for all.', "required")
    if len(set(event_types)) < len(event_types):
        return event_types_refused("An event type is named twice.", "not_allowed")
    if EVERY_EVENT in event_types and len(event_types) > 1:
        return event_types_refused('"*" stands alone.', "not_allowed")
    return None
