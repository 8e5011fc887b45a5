"""The refund. Amounts (``*_minor``) are whole minor units of ``currency``."""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

RefundState = Literal["pending", "processing", "succeeded", "failed", "requires_action", "canceled", "returned"]


class RefundFailure(msgspec.Struct, frozen=True):
    """Why a refund failed or came back: a stable ``code`` and a sentence for people."""

    code: str
    message: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund of one payment; ``fee_returned_minor`` is the part of its fee that the merchant gets back."""

    id: str
    livemode: bool
    revision: int
    status: RefundState
    merchant_id: str
    client_id: str
    payment_id: str
    merchant_refund_no: str
    amount_minor: int
    currency: str
    reason: str | None
    metadata: dict[str, str]
    fee_returned_minor: int
    from_account_id: str
    to_account_id: str
    created_at: Instant
    last_error: RefundFailure | None = None
    succeeded_at: Instant | None = None
