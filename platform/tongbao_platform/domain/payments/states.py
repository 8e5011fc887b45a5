"""The life of a payment and of its attempts: one table and one ``advance`` each; nowhere else is a status chosen."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.domain.payments.model import AttemptStatus, MethodType, Payment, PaymentAction, PaymentStatus
from tongbao_platform.kernel.errors import PlatformFault

# ``None`` is "not there yet". An expired payment may still succeed: a channel's late "paid" wins over the clock.
PAYMENT_MOVES: Final[Mapping[PaymentStatus | None, frozenset[PaymentStatus]]] = {
    None: frozenset({"requires_action", "processing"}),
    "requires_action": frozenset({"processing", "canceled", "expired"}),
    "processing": frozenset({"succeeded", "authorized", "requires_action", "failed", "reversing"}),
    "authorized": frozenset({"succeeded", "canceled"}),
    "reversing": frozenset({"canceled", "succeeded"}),
    "expired": frozenset({"succeeded"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "canceled": frozenset(),
}

# An unknown outcome is resolved by asking, never by waiting.
ATTEMPT_MOVES: Final[Mapping[AttemptStatus | None, frozenset[AttemptStatus]]] = {
    None: frozenset({"created"}),
    "created": frozenset({"authenticating", "failed"}),
    "authenticating": frozenset({"submitted", "failed"}),
    "submitted": frozenset({"succeeded", "failed", "unknown"}),
    "unknown": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
}

# Methods with a page let the payer try again; the others are over when their attempt is.
_AFTER_FAILURE: Final[Mapping[MethodType, PaymentStatus]] = {"h5": "requires_action", "account": "failed"}

_ACTIONS: Final[Mapping[PaymentStatus, tuple[PaymentAction, ...]]] = {
    "requires_action": ("close",),
    "authorized": ("capture", "void"),
}


class IllegalMove(PlatformFault):
    """A life cycle was asked for a step it does not have; a fault of ours, stopped before anything is written."""


def advance(current: PaymentStatus | None, *path: PaymentStatus) -> PaymentStatus:
    """Walk from ``current`` along ``path`` and return where it ends; every step must be in the table."""
    for step in path:
        if step not in PAYMENT_MOVES[current]:
            raise IllegalMove(f"a payment does not go from {current} to {step}")
        current = step
    if current is None:
        raise IllegalMove("a payment that is nowhere needs a first state")
    return current


def advance_attempt(current: AttemptStatus | None, *path: AttemptStatus) -> AttemptStatus:
    """Walk an attempt from ``current`` along ``path`` and return where it ends."""
    for step in path:
        if step not in ATTEMPT_MOVES[current]:
            raise IllegalMove(f"an attempt does not go from {current} to {step}")
        current = step
    if current is None:
        raise IllegalMove("an attempt that is nowhere needs a first state")
    return current


def after_failed_attempt(method_type: MethodType) -> PaymentStatus:
    """Return where a processing payment goes when its attempt surely failed."""
    return _AFTER_FAILURE[method_type]


def allowed_actions(payment: Payment) -> tuple[PaymentAction, ...]:
    """Return the operation verbs that ``payment`` admits now."""
    if payment.status == "succeeded":
        return ("refund",) if payment.refundable_minor > 0 else ()
    return _ACTIONS.get(payment.status, ())
