"""Create a refund.

The money goes back from the payee's account to the account that paid, and the fee's share with it, as one group; within
the bank nothing is to wait for, so the refund is stored as succeeded. The payment takes note (``revision`` rises); the
event of this change is ``refund.succeeded``, for no payment event means "refunded".
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.payments.errors import invalid_state
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.refunds import errors
from tongbao_platform.domain.refunds.events import state_reached
from tongbao_platform.domain.refunds.fees import fee_returned_minor
from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.domain.refunds.states import advance
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, Lookup, Rows, by_id
from tongbao_platform.kernel.clock import DAY_MS, Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import Post
from tongbao_platform.ledger.model import Account
from tongbao_platform.outbox.event import NewEvent

MOST_REFUNDS: Final = 50
LONGEST_AGE_MS: Final = 366 * DAY_MS
CLAIM_KIND: Final = "merchant_refund_no"


class CreateRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund to create for ``merchant_id``, who must be the payment's payee."""

    refund_id: str
    merchant_id: str
    client_id: str
    payment_id: str
    merchant_refund_no: str
    amount_minor: int
    currency: str
    reason: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class CreatedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """The refund; ``existing`` when an equal create had made it before."""

    refund: Refund
    existing: bool


def claims(command: CreateRefund) -> tuple[Claim, ...]:
    """Claim the merchant's own number for ever."""
    return (_number(command),)


def search(command: CreateRefund) -> tuple[Lookup, ...]:
    """Find the payment: it knows the accounts."""
    return (by_id(Payment, command.payment_id),)


def keys(command: CreateRefund, found: Found) -> Keys:
    """Name the payment and the accounts its money went through."""
    rows = ((Payment, command.payment_id),)
    payment = found.first(Payment, by_id(Payment, command.payment_id))
    if payment is None or payment.payer_account_id is None:
        return Keys(rows=rows)
    return Keys(rows=rows, accounts=(payment.payer_account_id, payment.payee_account_id, payment.fee_account_id))


def decide(rows: Rows, command: CreateRefund, now: Instant) -> Changes | Refusal:
    """Send the money back, or say why not."""
    existing_id = rows.taken(_number(command))
    if existing_id is not None:
        return _repeated(rows.get(Refund, existing_id), command)
    payment = rows.get(Payment, command.payment_id)
    if payment is None or payment.merchant_id != command.merchant_id:
        return errors.PAYMENT_NOT_FOUND
    if payment.status != "succeeded" or payment.succeeded_at is None or payment.payer_account_id is None:
        return invalid_state(payment)
    if command.currency != payment.currency:
        return errors.CURRENCY_MISMATCH
    if now - payment.succeeded_at > LONGEST_AGE_MS:
        return errors.TOO_OLD
    if command.amount_minor > payment.refundable_minor:
        return errors.exceeds_payment(payment.refundable_minor)
    if payment.refund_count >= MOST_REFUNDS:
        return errors.TOO_MANY
    payer, payee = rows.account(payment.payer_account_id), rows.account(payment.payee_account_id)
    if payer is None or payee is None:
        return errors.PAYMENT_NOT_FOUND
    return _pay_back(command, payment, (payer, payee), now)


def _number(command: CreateRefund) -> Claim:
    return Claim(CLAIM_KIND, command.merchant_id, command.merchant_refund_no, command.refund_id, Refund)


def _repeated(refund: Refund | None, command: CreateRefund) -> Changes | Refusal:
    if refund is None:
        return errors.NOT_FOUND
    pairs = (
        ("/payment_id", refund.payment_id, command.payment_id),
        ("/amount/value", refund.amount_minor, command.amount_minor),
        ("/amount/currency", refund.currency, command.currency),
        ("/reason", refund.reason, command.reason),
        ("/metadata", refund.metadata, command.metadata),
    )
    differing = tuple(pointer for pointer, old, new in pairs if old != new)
    if differing:
        return errors.number_conflict(differing)
    return Changes(result=CreatedRefund(refund=refund, existing=True))


def _pay_back(
    command: CreateRefund, payment: Payment, parties: tuple[Account, Account], now: Instant
) -> Changes | Refusal:
    payer, payee = parties
    if payee.status != "open":
        return errors.ACCOUNT_FROZEN
    if payer.status != "open":
        return errors.PAYER_UNREACHABLE
    fee_back = fee_returned_minor(payment.refundable_minor, command.amount_minor, payment.fee_rate_ppm)
    if not payee.can_spend(command.amount_minor - fee_back):
        return errors.INSUFFICIENT_BALANCE
    refund = Refund(
        id=command.refund_id,
        livemode=payment.livemode,
        revision=1,
        status=advance(None, "pending", "processing", "succeeded"),
        merchant_id=command.merchant_id,
        client_id=command.client_id,
        payment_id=payment.id,
        merchant_refund_no=command.merchant_refund_no,
        amount_minor=command.amount_minor,
        currency=command.currency,
        reason=command.reason,
        metadata=command.metadata,
        fee_returned_minor=fee_back,
        from_account_id=payee.id,
        to_account_id=payer.id,
        created_at=now,
        succeeded_at=now,
    )
    touched: list[NewEvent] = [transaction_posted(payee, 2 if fee_back else 1)]
    if payer.kind == "merchant":
        touched.append(transaction_posted(payer, 1))
    return Changes(
        result=CreatedRefund(refund=refund, existing=False),
        insert=(refund,),
        update=(_noted(payment, refund),),
        ledger=_postings(refund, payment),
        events=(state_reached(refund), *touched),
    )


def _noted(payment: Payment, refund: Refund) -> Payment:
    refunded = payment.amount_refunded_minor + refund.amount_minor
    return replace(
        payment,
        revision=payment.revision + 1,
        amount_refunded_minor=refunded,
        refund_reserved_minor=payment.refund_reserved_minor + refund.amount_minor,
        refund_count=payment.refund_count + 1,
        fee_returned_minor=payment.fee_returned_minor + refund.fee_returned_minor,
        refund_status="full" if refunded == payment.amount_captured_minor else "partial",
    )


def _postings(refund: Refund, payment: Payment) -> tuple[Post, ...]:
    principal = Post(
        debit_account_id=refund.from_account_id,
        credit_account_id=refund.to_account_id,
        amount_minor=refund.amount_minor,
        type="refund",
        reference_type="refund",
        reference_id=refund.id,
        description=refund.reason or "",
    )
    if refund.fee_returned_minor == 0:
        return (principal,)
    fee_back = Post(
        debit_account_id=payment.fee_account_id,
        credit_account_id=refund.from_account_id,
        amount_minor=refund.fee_returned_minor,
        type="fee_refund",
        reference_type="refund",
        reference_id=refund.id,
    )
    # The fee comes first: it is part of what the refund may draw on.
    return (fee_back, principal)
