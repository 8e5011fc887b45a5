"""The events of refunds, told to the payee, whose refund it is."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tongbao_platform.domain.refunds.model import Refund, RefundState
from tongbao_platform.outbox.event import NewEvent

_TYPE_OF: Final[Mapping[RefundState, str]] = {
    "pending": "refund.created",
    "succeeded": "refund.succeeded",
    "failed": "refund.failed",
    "returned": "refund.returned",
}
EVENT_TYPES: Final = tuple(_TYPE_OF.values())

_encode = msgspec.json.Encoder().encode


def state_reached(refund: Refund) -> NewEvent:
    """Tell that ``refund`` has reached its status."""
    return NewEvent(
        type=_TYPE_OF[refund.status],
        subject_type="refund",
        subject_id=refund.id,
        revision=refund.revision,
        merchant_ids=(refund.merchant_id,),
        snapshot=_encode(refund),
    )
