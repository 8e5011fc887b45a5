"""What payments say no with: refusals (nothing is stored) and declines (stored on the payment as ``last_error``)."""

from typing import Final

from tongbao_platform.domain.payments.model import Declined, Payment
from tongbao_platform.domain.payments.states import allowed_actions
from tongbao_platform.kernel.errors import FieldError, Refusal

INSUFFICIENT_FUNDS: Final = Declined("insufficient_funds", "The account does not hold enough money.")
PAYER_ACCOUNT_UNAVAILABLE: Final = Declined("account_unavailable", "The paying account is frozen or closed.")
PAYEE_ACCOUNT_UNAVAILABLE: Final = Declined("payee_unavailable", "The payee cannot receive money now.")
DECLINED_BY_PAYER: Final = Declined("declined_by_payer", "The payer declined.")

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such payment.")
NOT_PAYEE: Final = Refusal(code="not_found", detail="There is no such payment that you receive.")
TOO_MANY_CAPTURES: Final = Refusal(
    code="limit_exceeded", detail="A payment has at most 50 captures. Void it to give the rest back."
)
NOT_OWNER: Final = Refusal(code="checkout_owned_by_another", detail="Another payer opened this checkout first.")
ACCOUNT_UNKNOWN: Final = Refusal(code="account_unknown", detail="The account is not one of the payer's.")
RETURN_URL_NOT_REGISTERED: Final = Refusal(
    code="return_url_not_registered",
    detail="The origin of return_url is not registered for this merchant.",
    errors=(FieldError("/method/return_url", "not_allowed", "The origin is not registered."),),
)


def number_conflict(pointers: tuple[str, ...]) -> Refusal:
    """Refuse a merchant's number that stands for another order; ``pointers`` are the members that differ."""
    return Refusal(
        code="merchant_number_conflict",
        detail="This merchant_order_no belongs to a payment with other parameters.",
        errors=tuple(
            FieldError(pointer, "differs", "The value is not that of the first request.") for pointer in pointers
        ),
    )


def invalid_fields(*errors: FieldError) -> Refusal:
    """Refuse single members of the request."""
    return Refusal(code="validation_failed", detail="The request is well formed but cannot be done.", errors=errors)


def currency_mismatch(detail: str) -> Refusal:
    """Refuse an amount in a currency that one of the accounts does not hold."""
    return Refusal(
        code="currency_mismatch",
        detail=detail,
        errors=(FieldError("/amount/currency", "not_allowed", detail),),
    )


def exceeds_hold(remaining_minor: int) -> Refusal:
    """Refuse to capture more than what is left of the hold."""
    return Refusal(
        code="validation_failed",
        detail="More than what is left of the authorized amount.",
        errors=(FieldError("/amount/value", "too_large", "At most what is left to capture."),),
        remaining=remaining_minor,
    )


def hold_over(payment: Payment) -> Refusal:
    """Refuse to touch a hold whose time is over, whether or not it has been expired yet."""
    return Refusal(
        code="payment_invalid_state",
        detail="The time to capture or void the payment is over.",
        current_status=payment.status,
        allowed_actions=(),
    )


def payee_cannot_receive(payment: Payment) -> Refusal:
    """Refuse to capture while the payee's account is frozen or closed; the hold stays and can still be voided."""
    return Refusal(
        code="payment_invalid_state",
        detail="The payee's account cannot receive money now.",
        retryable=True,
        current_status=payment.status,
        allowed_actions=("void",),
    )


def invalid_state(payment: Payment) -> Refusal:
    """Refuse an action that the payment's status does not admit."""
    return Refusal(
        code="payment_invalid_state",
        detail=f"The payment is {payment.status}.",
        current_status=payment.status,
        allowed_actions=allowed_actions(payment),
    )
