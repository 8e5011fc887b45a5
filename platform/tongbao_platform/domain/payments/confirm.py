"""A payer confirms a payment on its checkout page.

Only the checkout's owner may. The PIN was verified before, off the event loop, against ``pin_hash``; it is checked here
again that this is the customer's PIN and that it is not locked, so that guesses count in the order they are committed.
The same form twice is one attempt, and confirming what the same payer has paid gives it back. With ``capture_method``
manual the money is held for the payee and captured later.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.customers.errors import PIN_CHANGED, PIN_LOCKED
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.attempts import attempt_made, succeeded_attempt, with_failed_attempt
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.expire import expired_of, is_due
from tongbao_platform.domain.payments.holds import HOLD_LIFE_MS, hold_of
from tongbao_platform.domain.payments.masks import mask_payer
from tongbao_platform.domain.payments.model import Declined, Payment, PaymentStatus
from tongbao_platform.domain.payments.postings import payment_postings
from tongbao_platform.domain.payments.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, Lookup, Rows, by_id
from tongbao_platform.kernel.clock import Instant, later
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.money import fee_minor
from tongbao_platform.ledger.model import Account

ConfirmOutcome = Literal["succeeded", "authorized", "already_succeeded", "already_authorized", "declined", "expired"]

_ALREADY: Final[Mapping[PaymentStatus, ConfirmOutcome]] = {
    "succeeded": "already_succeeded",
    "authorized": "already_authorized",
}


class ConfirmPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's yes. ``attempt_key`` is the form's (at most 64 characters), ``pin_hash`` what the PIN matched."""

    payment_id: str
    customer_id: str
    payer_account_id: str
    attempt_key: str
    pin_hash: str


class ConfirmedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment and what became of the attempt; a declined one carries ``last_error`` and may be tried again."""

    payment: Payment
    outcome: ConfirmOutcome


def search(command: ConfirmPayment) -> tuple[Lookup, ...]:
    """Find the payment: it knows the accounts on the other side."""
    return (by_id(Payment, command.payment_id),)


def keys(command: ConfirmPayment, found: Found) -> Keys:
    """Name the payment, its page, the payer, and the three accounts."""
    rows = ((Payment, command.payment_id), (Checkout, command.payment_id), (Customer, command.customer_id))
    payment = found.first(Payment, by_id(Payment, command.payment_id))
    if payment is None:
        return Keys(rows=rows)
    return Keys(rows=rows, accounts=(command.payer_account_id, payment.payee_account_id, payment.fee_account_id))


def decide(rows: Rows, command: ConfirmPayment, now: Instant) -> Changes | Refusal:
    """Move the money, or note why not."""
    payment = rows.get(Payment, command.payment_id)
    checkout = rows.get(Checkout, command.payment_id)
    customer = rows.get(Customer, command.customer_id)
    if payment is None or checkout is None:
        return errors.NOT_FOUND
    if customer is None or checkout.customer_id != customer.id:
        return errors.NOT_OWNER
    if customer.pin_locked_at is not None:
        return PIN_LOCKED
    if customer.pin_hash != command.pin_hash:
        return PIN_CHANGED
    done = _ALREADY.get(payment.status)
    if done is not None and payment.payer_customer_id == customer.id:
        return Changes(result=ConfirmedPayment(payment=payment, outcome=done))
    if payment.status != "requires_action":
        return errors.invalid_state(payment)
    if attempt_made(payment, command.attempt_key):
        return Changes(result=ConfirmedPayment(payment=payment, outcome="declined"))
    if is_due(payment, now):
        return _too_late(payment)
    return _attempt(rows, command, (payment, customer), now)


def _too_late(payment: Payment) -> Changes:
    expired = expired_of(payment)
    return Changes(
        result=ConfirmedPayment(payment=expired, outcome="expired"),
        update=(expired,),
        events=(state_reached(expired),),
    )


def _attempt(rows: Rows, command: ConfirmPayment, parties: tuple[Payment, Customer], now: Instant) -> Changes | Refusal:
    payment, customer = parties
    source = rows.account(command.payer_account_id)
    target = rows.account(payment.payee_account_id)
    if source is None or source.owner_id != customer.id:
        return errors.ACCOUNT_UNKNOWN
    if source.currency != payment.currency:
        return errors.currency_mismatch("The account does not hold the payment's currency.")
    forgiven = (replace(customer, pin_failures=0),) if customer.pin_failures else ()
    declined = _reason_to_decline(source, target, payment.amount_minor)
    if declined is not None or target is None:
        failed = with_failed_attempt(payment, command.attempt_key, declined or errors.PAYEE_ACCOUNT_UNAVAILABLE, now)
        return Changes(result=ConfirmedPayment(payment=failed, outcome="declined"), update=(failed, *forgiven))
    agreed = replace(
        payment,
        revision=payment.revision + 1,
        last_error=None,
        attempts=succeeded_attempt(payment, command.attempt_key, now),
        payer_customer_id=customer.id,
        payer_account_id=source.id,
        payer_masked=mask_payer(customer.name_masked, source.id),
    )
    changes = _hold(agreed, source, now) if payment.capture_method == "manual" else _pay(agreed, (source, target), now)
    return replace(changes, update=(*changes.update, *forgiven))


def _hold(agreed: Payment, source: Account, now: Instant) -> Changes:
    held = replace(
        agreed,
        status=advance(agreed.status, "processing", "authorized"),
        capture_before=later(now, HOLD_LIFE_MS),
    )
    return Changes(
        result=ConfirmedPayment(payment=held, outcome="authorized"),
        update=(held,),
        ledger=(hold_of(held, source.id),),
        events=(state_reached(held),),
    )


def _pay(agreed: Payment, accounts: tuple[Account, Account], now: Instant) -> Changes:
    source, target = accounts
    paid = replace(
        agreed,
        status=advance(agreed.status, "processing", "succeeded"),
        amount_captured_minor=agreed.amount_minor,
        fee_minor=fee_minor(agreed.amount_minor, agreed.fee_rate_ppm),
        succeeded_at=now,
    )
    return Changes(
        result=ConfirmedPayment(payment=paid, outcome="succeeded"),
        update=(paid,),
        ledger=payment_postings(paid, source.id),
        events=(state_reached(paid), transaction_posted(target, 2 if paid.fee_minor else 1)),
    )


def _reason_to_decline(source: Account, target: Account | None, amount_minor: int) -> Declined | None:
    if source.status != "open":
        return errors.PAYER_ACCOUNT_UNAVAILABLE
    if target is None or target.status != "open":
        return errors.PAYEE_ACCOUNT_UNAVAILABLE
    return None if source.can_spend(amount_minor) else errors.INSUFFICIENT_FUNDS
