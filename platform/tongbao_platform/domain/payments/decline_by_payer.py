"""A payer declines on the checkout page.

The attempt failed; the payment goes on waiting with ``last_error.code: declined_by_payer``, so that the same payer may
come back until it expires or its merchant closes it.
"""

import msgspec

from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.attempts import attempt_made, with_failed_attempt
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.expire import expired_of, is_due
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class DeclinePayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's no; ``attempt_key`` is the form's."""

    payment_id: str
    customer_id: str
    attempt_key: str


class DeclinedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment as it stands now: ``requires_action`` again, or ``expired`` when the payer came too late."""

    payment: Payment


def keys(command: DeclinePayment, found: Found) -> Keys:
    """Name the payment and its page."""
    del found
    return Keys(rows=((Payment, command.payment_id), (Checkout, command.payment_id)))


def decide(rows: Rows, command: DeclinePayment, now: Instant) -> Changes | Refusal:
    """Note the failed attempt."""
    payment = rows.get(Payment, command.payment_id)
    checkout = rows.get(Checkout, command.payment_id)
    if payment is None or checkout is None:
        return errors.NOT_FOUND
    if checkout.customer_id != command.customer_id:
        return errors.NOT_OWNER
    if payment.status != "requires_action":
        return errors.invalid_state(payment)
    if attempt_made(payment, command.attempt_key):
        return Changes(result=DeclinedPayment(payment=payment))
    if is_due(payment, now):
        expired = expired_of(payment)
        return Changes(result=DeclinedPayment(payment=expired), update=(expired,), events=(state_reached(expired),))
    declined = with_failed_attempt(payment, command.attempt_key, errors.DECLINED_BY_PAYER, now)
    return Changes(result=DeclinedPayment(payment=declined), update=(declined,))
