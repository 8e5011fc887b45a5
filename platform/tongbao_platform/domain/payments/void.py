"""Void an authorized payment: the rest of its hold goes back to the payer at once.

Without any capture the payment is canceled; after a part was captured it has succeeded with that part. Only the payee
voids: for the payer the hold is a promise, which ends by capture, by the payee's void, or by its time.
"""

import msgspec

from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.holds import hold_id_of, let_go, refuse_unless_held
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.execution.operation import Changes, Found, Keys, Lookup, Rows, by_id
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import ReleaseHold
from tongbao_platform.ledger.model import Hold


class VoidPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment to void. ``by_merchant_id`` is who asks, and must be the payee; ``None`` is the bank itself."""

    payment_id: str
    by_merchant_id: str | None = None


class VoidedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment: ``canceled``, or ``succeeded`` with what was captured before."""

    payment: Payment


def search(command: VoidPayment) -> tuple[Lookup, ...]:
    """Find the payment: it knows the accounts."""
    return (by_id(Payment, command.payment_id),)


def keys(command: VoidPayment, found: Found) -> Keys:
    """Name the payment, its hold, and the accounts on both sides of it."""
    payment = found.first(Payment, by_id(Payment, command.payment_id))
    if payment is None or payment.payer_account_id is None:
        return Keys(rows=((Payment, command.payment_id),))
    return Keys(
        rows=((Payment, payment.id), (Hold, hold_id_of(payment.id))),
        accounts=(payment.payer_account_id, payment.payee_account_id),
    )


def decide(rows: Rows, command: VoidPayment, now: Instant) -> Changes | Refusal:
    """Give the rest of the hold back while the payment admits it."""
    payment = rows.get(Payment, command.payment_id)
    if payment is None:
        return errors.NOT_FOUND
    if command.by_merchant_id not in (None, payment.merchant_id):
        return errors.NOT_PAYEE
    refusal = refuse_unless_held(payment, "void", now)
    if refusal is not None:
        return refusal
    voided = let_go(payment, now)
    return Changes(
        result=VoidedPayment(payment=voided),
        update=(voided,),
        ledger=(ReleaseHold(hold_id=hold_id_of(payment.id)),),
        events=(state_reached(voided),),
    )
