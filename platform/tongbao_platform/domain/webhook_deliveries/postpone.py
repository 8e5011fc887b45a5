"""Put a taken delivery back without an attempt: its endpoint has no room for it now."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_deliveries import errors
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class PostponeDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery, the token under which it was taken, and when it is due again."""

    delivery_id: str
    lease_token: int
    due_at: Instant


def keys(command: PostponeDelivery, found: Found) -> Keys:
    """Name the delivery."""
    del found
    return Keys(rows=((WebhookDelivery, command.delivery_id),))


def decide(rows: Rows, command: PostponeDelivery, now: Instant) -> Changes | Refusal:
    """Move ``due_at``, unless another worker has taken the delivery; the result is the delivery."""
    del now
    delivery = rows.get(WebhookDelivery, command.delivery_id)
    if delivery is None:
        return errors.NOT_FOUND
    if delivery.lease_token != command.lease_token or delivery.status != "pending":
        return Changes(result=delivery)
    postponed = replace(delivery, due_at=command.due_at)
    return Changes(result=postponed, update=(postponed,))
