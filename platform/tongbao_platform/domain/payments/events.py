"""The events of payments.

A change that leaves a payment in ``requires_action`` (an attempt failed, and the payer may try again) and one that a
refund makes raise ``revision`` but are told by no payment event: the first has no event type, the second is told by
``refund.*``. A capture that leaves something to capture has an event type of its own, so that whoever ships on
``payment.succeeded`` ships once.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.payments.model import Payment, PaymentStatus
from tongbao_platform.outbox.event import NewEvent

_TYPE_OF: Final[Mapping[PaymentStatus, str]] = {
    "requires_action": "payment.created",
    "processing": "payment.processing",
    "authorized": "payment.authorized",
    "succeeded": "payment.succeeded",
    "failed": "payment.failed",
    "canceled": "payment.canceled",
    "expired": "payment.expired",
}
_PARTIALLY_CAPTURED: Final = "payment.partially_captured"
EVENT_TYPES: Final = (*_TYPE_OF.values(), _PARTIALLY_CAPTURED)

_encode = msgspec.json.Encoder().encode


def state_reached(payment: Payment) -> NewEvent:
    """Tell that ``payment`` has reached its status, to its payee and, where that is a merchant, to its payer."""
    return _told(payment, _TYPE_OF[payment.status])


def partially_captured(payment: Payment) -> NewEvent:
    """Tell the same merchants that a part of ``payment`` was captured and more may follow."""
    return _told(payment, _PARTIALLY_CAPTURED)


def _told(payment: Payment, event_type: str) -> NewEvent:
    payer = payment.payer_merchant_id
    # The secret of a checkout's address stays out of events, even sealed.
    shown = payment if payment.checkout_token_sealed is None else replace(payment, checkout_token_sealed=None)
    return NewEvent(
        type=event_type,
        subject_type="payment",
        subject_id=payment.id,
        revision=payment.revision,
        merchant_ids=(payment.merchant_id,) if payer is None else (payment.merchant_id, payer),
        snapshot=_encode(shown),
    )
