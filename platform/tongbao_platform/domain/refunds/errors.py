"""What refunds say no with."""

from typing import Final

from tongbao_platform.kernel.errors import FieldError, Refusal

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such refund.")
PAYMENT_NOT_FOUND: Final = Refusal(
    code="validation_failed",
    detail="The request is well formed but cannot be done.",
    errors=(FieldError("/payment_id", "not_found", "There is no such payment of yours to refund."),),
)
CURRENCY_MISMATCH: Final = Refusal(
    code="currency_mismatch",
    detail="A refund has the currency of its payment.",
    errors=(FieldError("/amount/currency", "not_allowed", "It must be the payment's currency."),),
)
TOO_OLD: Final = Refusal(code="limit_exceeded", detail="The payment is more than a year old and is refunded no more.")
TOO_MANY: Final = Refusal(code="limit_exceeded", detail="A payment has at most 50 refunds.")
INSUFFICIENT_BALANCE: Final = Refusal(
    code="insufficient_balance", detail="Your available balance does not cover the refund.", retryable=True
)
ACCOUNT_FROZEN: Final = Refusal(
    code="insufficient_balance", detail="Your account is frozen: nothing of it is available.", retryable=True
)
PAYER_UNREACHABLE: Final = Refusal(
    code="payment_invalid_state",
    detail="The account that paid cannot receive money now.",
    retryable=True,
    current_status="succeeded",
    allowed_actions=(),
)


def exceeds_payment(remaining_minor: int) -> Refusal:
    """Refuse a refund of more than what remains."""
    return Refusal(
        code="refund_exceeds_payment",
        detail="The refund is larger than what remains of the payment.",
        remaining=remaining_minor,
    )


def number_conflict(pointers: tuple[str, ...]) -> Refusal:
    """Refuse a merchant's number that stands for another refund; ``pointers`` are the members that differ."""
    return Refusal(
        code="merchant_number_conflict",
        detail="This merchant_refund_no belongs to a refund with other parameters.",
        errors=tuple(
            FieldError(pointer, "differs", "The value is not that of the first request.") for pointer in pointers
        ),
    )
