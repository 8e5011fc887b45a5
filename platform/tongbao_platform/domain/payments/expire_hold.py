"""Expire the holds of authorized payments that nobody captured in time: a worker's job."""

import msgspec

from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.holds import hold_id_of, is_over, let_go
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.store import PaymentStore
from tongbao_platform.execution.operation import Changes, Found, Keys, Lookup, Rows, by_id
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import ReleaseHold
from tongbao_platform.ledger.model import Hold


class ExpireHold(msgspec.Struct, frozen=True, kw_only=True):
    """A payment whose hold may be due."""

    payment_id: str


class ExpiredHold(msgspec.Struct, frozen=True, kw_only=True):
    """The payment as it stands; ``changed`` when this run ended its hold."""

    payment: Payment
    changed: bool


async def due(reader: Reader, now: Instant, limit: int) -> list[str]:
    """Return the ids of at most ``limit`` payments that nobody captured in time, the longest due first."""
    return await PaymentStore(reader, None).holds_due(now, limit)


def search(command: ExpireHold) -> tuple[Lookup, ...]:
    """Find the payment: it knows the accounts."""
    return (by_id(Payment, command.payment_id),)


def keys(command: ExpireHold, found: Found) -> Keys:
    """Name the payment, its hold, and the accounts on both sides of it."""
    payment = found.first(Payment, by_id(Payment, command.payment_id))
    if payment is None or payment.payer_account_id is None:
        return Keys(rows=((Payment, command.payment_id),))
    return Keys(
        rows=((Payment, payment.id), (Hold, hold_id_of(payment.id))),
        accounts=(payment.payer_account_id, payment.payee_account_id),
    )


def decide(rows: Rows, command: ExpireHold, now: Instant) -> Changes | Refusal:
    """Give the rest of the hold back if its time is over; otherwise leave the payment as it is."""
    payment = rows.get(Payment, command.payment_id)
    if payment is None:
        return errors.NOT_FOUND
    if payment.status != "authorized" or not is_over(payment, now):
        return Changes(result=ExpiredHold(payment=payment, changed=False))
    ended = let_go(payment, now)
    return Changes(
        result=ExpiredHold(payment=ended, changed=True),
        update=(ended,),
        ledger=(ReleaseHold(hold_id=hold_id_of(payment.id), expired=True),),
        events=(state_reached(ended),),
    )
