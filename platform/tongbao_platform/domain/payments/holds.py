"""The hold behind an authorized payment: how long it lasts, and what becomes of the payment when it ends."""

from typing import Final

from msgspec.structs import replace

from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import advance, allowed_actions
from tongbao_platform.kernel.clock import DAY_MS, Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import OpenHold

# As long as card schemes keep an ordinary online authorization: merchants' shipping already fits it, and a payer whose
# merchant forgot has the money back within the week.
HOLD_LIFE_MS: Final = 7 * DAY_MS


def hold_id_of(payment_id: str) -> str:
    """Return the id of a payment's hold: a payment has one at most, so its own 26 characters serve both."""
    return f"hld_{payment_id.partition('_')[2]}"


def hold_of(payment: Payment, payer_account_id: str) -> OpenHold:
    """Return the reservation that authorizes ``payment``, of its whole amount until ``capture_before``."""
    return OpenHold(
        hold_id=hold_id_of(payment.id),
        debit_account_id=payer_account_id,
        credit_account_id=payment.payee_account_id,
        amount_minor=payment.amount_minor,
        reference_type="payment",
        reference_id=payment.id,
        expires_at=payment.capture_before,
    )


def is_over(payment: Payment, now: Instant) -> bool:
    """Tell whether an authorized payment's time to be captured has passed."""
    return payment.capture_before is not None and payment.capture_before <= now


def refuse_unless_held(payment: Payment, action: str, now: Instant) -> Refusal | None:
    """Refuse ``action`` unless the payment's hold is open; past its time only expiry may end it, however late."""
    if action not in allowed_actions(payment):
        return errors.invalid_state(payment)
    return errors.hold_over(payment) if is_over(payment, now) else None


def let_go(payment: Payment, now: Instant) -> Payment:
    """Return ``payment`` after the rest of its hold was given back: paid if a part was captured, else canceled."""
    captured = payment.amount_captured_minor > 0
    return replace(
        payment,
        status=advance(payment.status, "succeeded" if captured else "canceled"),
        revision=payment.revision + 1,
        succeeded_at=now if captured else None,
        capture_before=None,
    )
