"""A payer's tries on the checkout page."""

from typing import Final

from msgspec.structs import replace

from tongbao_platform.domain.payments.model import Attempt, AttemptStatus, Declined, Payment
from tongbao_platform.domain.payments.states import advance, advance_attempt, after_failed_attempt
from tongbao_platform.kernel.clock import Instant

KEPT: Final = 20


def attempt_made(payment: Payment, key: str) -> bool:
    """Tell whether the form ``key`` has been an attempt already."""
    return any(attempt.key == key for attempt in payment.attempts)


def succeeded_attempt(payment: Payment, key: str, now: Instant) -> tuple[Attempt, ...]:
    """Return the payment's attempts with a successful one in front."""
    status = advance_attempt(None, "created", "authenticating", "submitted", "succeeded")
    return _with(payment, key, status, None, now)


def with_failed_attempt(payment: Payment, key: str, error: Declined, now: Instant) -> Payment:
    """Return the payment after an attempt that surely failed."""
    authenticated: tuple[AttemptStatus, ...] = ("created", "authenticating", "submitted", "failed")
    status = advance_attempt(None, *authenticated)
    return replace(
        payment,
        status=advance(payment.status, "processing", after_failed_attempt(payment.method_type)),
        revision=payment.revision + 1,
        last_error=error,
        attempts=_with(payment, key, status, error, now),
    )


def _with(
    payment: Payment, key: str, status: AttemptStatus, error: Declined | None, now: Instant
) -> tuple[Attempt, ...]:
    number = payment.attempts[0].number + 1 if payment.attempts else 1
    newest = Attempt(number=number, status=status, created_at=now, key=key, ended_at=now, error=error)
    return (newest, *payment.attempts[: KEPT - 1])
