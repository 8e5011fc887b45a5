"""A payment's legs in the book: payer to payee, and the payee's fee to fee income, as one group."""

from tongbao_platform.domain.payments.holds import hold_id_of
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.ledger.instructions import Post, PostHold


def payment_postings(payment: Payment, payer_account_id: str) -> tuple[Post, ...]:
    """Return the transfers of a payment that has just succeeded; without a fee there is one."""
    principal = Post(
        debit_account_id=payer_account_id,
        credit_account_id=payment.payee_account_id,
        amount_minor=payment.amount_captured_minor,
        type="payment",
        reference_type="payment",
        reference_id=payment.id,
        description=payment.description,
    )
    return (principal, *_fee(payment, payment.fee_minor))


def capture_postings(before: Payment, after: Payment) -> tuple[PostHold | Post, ...]:
    """Return the transfers of one capture: the part from the hold, and what the fee rises by, if it does."""
    part = PostHold(
        hold_id=hold_id_of(after.id),
        amount_minor=after.amount_captured_minor - before.amount_captured_minor,
        type="payment",
        description=after.description,
        final=after.status != "authorized",
    )
    return (part, *_fee(after, after.fee_minor - before.fee_minor))


def _fee(payment: Payment, amount_minor: int) -> tuple[Post, ...]:
    if amount_minor == 0:
        return ()
    return (
        Post(
            debit_account_id=payment.payee_account_id,
            credit_account_id=payment.fee_account_id,
            amount_minor=amount_minor,
            type="fee",
            reference_type="payment",
            reference_id=payment.id,
        ),
    )
