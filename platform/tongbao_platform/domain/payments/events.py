"""The events of payments.

A change that leaves a payment in ``requires_action`` (an attempt failed, and the payer may try again) and one that a
refund makes raise ``revision`` but are told by no payment event: the first has no event type, the second is told by
``refund.*``.
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
EVENT_TYPES: Final = tuple(_TYPE_OF.values())

_encode = msgspec.json.Encoder().encode


def state_reached(payment: Payment) -> NewEvent:
    """Tell that ``payment`` has reached its status, to its payee and, where that is a merchant, to its payer."""
    payer = payment.payer_merchant_id
    # The secret of a checkout's address stays out of events, even sealed.
    shown = payment if payment.checkout_token_sealed is None else replace(payment, checkout_token_sealed=None)
    return NewEvent(
        type=_TYPE_OF[payment.status],
        subject_type="payment",
        subject_id=payment.id,
        revision=payment.revision,
        merchant_ids=(payment.merchant_id,) if payer is None else (payment.merchant_id, payer),
        snapshot=_encode(shown),
    )
