"""Cancel a taken delivery: its endpoint is disabled or gone."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_deliveries import errors
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CancelDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery and the token under which it was taken."""

    delivery_id: str
    lease_token: int


def keys(command: CancelDelivery, found: Found) -> Keys:
    """Name the delivery."""
    del found
    return Keys(rows=((WebhookDelivery, command.delivery_id),))


def decide(rows: Rows, command: CancelDelivery, now: Instant) -> Changes | Refusal:
    """Cancel it, unless another worker has taken it; the result is the delivery."""
    delivery = rows.get(WebhookDelivery, command.delivery_id)
    if delivery is None:
        return errors.NOT_FOUND
    if delivery.lease_token != command.lease_token or delivery.status != "pending":
        return Changes(result=delivery)
    canceled = replace(
        delivery,
        status=advance(delivery.status, "canceled"),
        revision=delivery.revision + 1,
        completed_at=now,
    )
    return Changes(result=canceled, update=(canceled,))
