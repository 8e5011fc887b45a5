"""A payment's legs in the book: payer to payee, and the payee's fee to fee income, as one group."""

from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.ledger.instructions import Post


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
    if payment.fee_minor == 0:
        return (principal,)
    fee = Post(
        debit_account_id=payment.payee_account_id,
        credit_account_id=payment.fee_account_id,
        amount_minor=payment.fee_minor,
        type="fee",
        reference_type="payment",
        reference_id=payment.id,
    )
    return (principal, fee)
