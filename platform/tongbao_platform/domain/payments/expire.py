"""Expire payments whose time to pay is over: a worker's job, and what a payer who comes too late runs into."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import advance
from tongbao_platform.domain.payments.store import PaymentStore
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class ExpirePayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that may be due."""

    payment_id: str


class ExpiredPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment as it stands; ``changed`` when this run expired it."""

    payment: Payment
    changed: bool


async def due(reader: Reader, now: Instant, limit: int) -> list[str]:
    """Return the ids of at most ``limit`` payments that nobody paid in time, the longest due first."""
    return await PaymentStore(reader, None).due(now, limit)


def keys(command: ExpirePayment, found: Found) -> Keys:
    """Name the payment."""
    del found
    return Keys(rows=((Payment, command.payment_id),))


def decide(rows: Rows, command: ExpirePayment, now: Instant) -> Changes | Refusal:
    """Expire the payment if it is due; otherwise leave it as it is."""
    payment = rows.get(Payment, command.payment_id)
    if payment is None:
        return errors.NOT_FOUND
    if not is_due(payment, now):
        return Changes(result=ExpiredPayment(payment=payment, changed=False))
    expired = expired_of(payment)
    return Changes(
        result=ExpiredPayment(payment=expired, changed=True), update=(expired,), events=(state_reached(expired),)
    )


def is_due(payment: Payment, now: Instant) -> bool:
    """Tell whether ``payment`` waits for its payer although its time is over."""
    return payment.status == "requires_action" and payment.expires_at is not None and payment.expires_at <= now


def expired_of(payment: Payment) -> Payment:
    """Return ``payment`` expired."""
    return replace(payment, status=advance(payment.status, "expired"), revision=payment.revision + 1)
