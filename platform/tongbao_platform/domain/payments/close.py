"""Close a payment that nobody has paid yet. Closing a closed one answers with it."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import advance, allowed_actions
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class ClosePayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment to close."""

    payment_id: str


class ClosedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The closed payment; ``existing`` when it had been closed before."""

    payment: Payment
    existing: bool


def keys(command: ClosePayment, found: Found) -> Keys:
    """Name the payment."""
    del found
    return Keys(rows=((Payment, command.payment_id),))


def decide(rows: Rows, command: ClosePayment, now: Instant) -> Changes | Refusal:
    """Cancel the payment while its status admits it."""
    del now
    payment = rows.get(Payment, command.payment_id)
    if payment is None:
        return errors.NOT_FOUND
    if payment.status == "canceled":
        return Changes(result=ClosedPayment(payment=payment, existing=True))
    if "close" not in allowed_actions(payment):
        return errors.invalid_state(payment)
    closed = replace(payment, status=advance(payment.status, "canceled"), revision=payment.revision + 1)
    return Changes(
        result=ClosedPayment(payment=closed, existing=False), update=(closed,), events=(state_reached(closed),)
    )
