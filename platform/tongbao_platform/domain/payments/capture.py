"""Capture an authorized payment: the whole of it, a part, or several parts.

Each part moves money from the payer's hold to the payee and takes its share of the fee, as one group. A part that is
``final``, or takes all that is left, ends the hold: the rest goes back to the payer and the payment has succeeded. Only
the payee captures. A hold was promised to the payee when it was made, so a frozen account's is captured too.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import partially_captured, state_reached
from tongbao_platform.domain.payments.holds import hold_id_of, refuse_unless_held
from tongbao_platform.domain.payments.model import Capture, Payment
from tongbao_platform.domain.payments.postings import capture_postings
from tongbao_platform.domain.payments.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, Lookup, Rows, by_id
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault, Refusal
from tongbao_platform.kernel.money import fee_minor
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.outbox.event import NewEvent

# Each is kept on the payment's row and sent with its events.
MOST_CAPTURES: Final = 50


class CapturePayment(msgspec.Struct, frozen=True, kw_only=True):
    """What to take: ``amount_minor`` (at least 1; ``None``: all that is left) in ``currency``, if it is named.

    ``by_merchant_id`` is the merchant who asks, and must be the payee; ``None`` is the bank itself.
    """

    payment_id: str
    amount_minor: int | None = None
    final: bool = True
    currency: str | None = None
    by_merchant_id: str | None = None


class CapturedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment after the capture: ``succeeded``, or still ``authorized`` with something left."""

    payment: Payment


def search(command: CapturePayment) -> tuple[Lookup, ...]:
    """Find the payment: it knows the accounts."""
    return (by_id(Payment, command.payment_id),)


def keys(command: CapturePayment, found: Found) -> Keys:
    """Name the payment, its hold, and the accounts the money goes through."""
    payment = found.first(Payment, by_id(Payment, command.payment_id))
    if payment is None or payment.payer_account_id is None:
        return Keys(rows=((Payment, command.payment_id),))
    return Keys(
        rows=((Payment, payment.id), (Hold, hold_id_of(payment.id))),
        accounts=(payment.payer_account_id, payment.payee_account_id, payment.fee_account_id),
    )


def decide(rows: Rows, command: CapturePayment, now: Instant) -> Changes | Refusal:
    """Post the part, or say why not."""
    payment = rows.get(Payment, command.payment_id)
    if payment is None:
        return errors.NOT_FOUND
    if command.by_merchant_id not in (None, payment.merchant_id):
        return errors.NOT_PAYEE
    refusal = refuse_unless_held(payment, "capture", now)
    if refusal is not None:
        return refusal
    if command.currency not in (None, payment.currency):
        return errors.currency_mismatch("A capture has the currency of its payment.")
    left_minor = payment.capturable_minor
    part_minor = left_minor if command.amount_minor is None else command.amount_minor
    if part_minor > left_minor:
        return errors.exceeds_hold(left_minor)
    if len(payment.captures) >= MOST_CAPTURES:
        return errors.TOO_MANY_CAPTURES
    payer, payee = rows.account(payment.payer_account_id or ""), rows.account(payment.payee_account_id)
    if payer is None or payee is None:
        raise PlatformFault("an authorized payment has its accounts")
    if payee.status != "open":
        return errors.payee_cannot_receive(payment)
    after = _captured(payment, part_minor, now, final=command.final or part_minor == left_minor)
    return Changes(
        result=CapturedPayment(payment=after),
        update=(after,),
        ledger=capture_postings(payment, after),
        events=_events(payment, after, payer, payee),
    )


def _captured(payment: Payment, part_minor: int, now: Instant, *, final: bool) -> Payment:
    total_minor = payment.amount_captured_minor + part_minor
    # The fee of the whole, taken in parts: however often one captures, it is rounded once.
    total_fee_minor = fee_minor(total_minor, payment.fee_rate_ppm)
    part = Capture(amount_minor=part_minor, fee_minor=total_fee_minor - payment.fee_minor, captured_at=now)
    after = replace(
        payment,
        revision=payment.revision + 1,
        amount_captured_minor=total_minor,
        fee_minor=total_fee_minor,
        captures=(*payment.captures, part),
    )
    if not final:
        return after
    return replace(after, status=advance(payment.status, "succeeded"), succeeded_at=now, capture_before=None)


def _events(before: Payment, after: Payment, payer: Account, payee: Account) -> tuple[NewEvent, ...]:
    told = partially_captured(after) if after.status == "authorized" else state_reached(after)
    posted = transaction_posted(payee, 2 if after.fee_minor > before.fee_minor else 1)
    if payer.kind != "merchant":
        return (told, posted)
    return (told, transaction_posted(payer, 1), posted)
