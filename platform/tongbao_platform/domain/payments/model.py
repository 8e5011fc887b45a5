"""The payment and its parts. Amounts (``*_minor``) are whole minor units of the payment's ``currency``."""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

PaymentStatus = Literal[
    "requires_action", "processing", "authorized", "succeeded", "failed", "canceled", "expired", "reversing"
]
AttemptStatus = Literal["created", "authenticating", "submitted", "succeeded", "failed", "unknown"]
RefundStatus = Literal["none", "partial", "full"]
SplitStatus = Literal["none", "pending", "partial", "done"]
DisputeStatus = Literal["none", "open", "won", "lost"]
SettlementStatus = Literal["unsettled", "batched", "settled"]
CaptureMethod = Literal["automatic", "manual"]
MethodType = Literal["h5", "account"]
PaymentAction = Literal["close", "capture", "void", "reverse", "refund"]


class H5Method(msgspec.Struct, frozen=True, tag_field="type", tag="h5"):
    """The hosted checkout page; the payer's browser comes back to ``return_url``."""

    return_url: str


class AccountMethod(msgspec.Struct, frozen=True, tag_field="type", tag="account"):
    """From one account straight to another; ``payee_account_id`` has its default filled in."""

    source_account_id: str
    payee_account_id: str


Method = H5Method | AccountMethod


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where the payment happens, as the merchant tells it; for risk, never compared."""

    client_ip: str | None = None
    store_id: str | None = None
    device_id: str | None = None


class Declined(msgspec.Struct, frozen=True):
    """Why an attempt failed: a stable ``code`` of ``payments/errors.py`` and a sentence for people."""

    code: str
    message: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to pay, numbered from 1; ``key`` is the form it came from, so that one form is one attempt."""

    number: int
    status: AttemptStatus
    created_at: Instant
    key: str | None = None
    ended_at: Instant | None = None
    error: Declined | None = None


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an authorized payment that was captured, with what the fee rose by."""

    amount_minor: int
    fee_minor: int
    captured_at: Instant


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; fields are in the order of the table's columns.

    ``merchant_id`` is the payee. ``payer_merchant_id`` is set when the money comes from a merchant's account.
    ``creator_merchant_id`` made the payment: ``merchant_order_no`` is its number and ``metadata`` its note.
    ``amount_refunded_minor`` counts succeeded refunds, ``refund_reserved_minor`` all but failed and canceled ones.
    ``attempts`` has the last one first. ``checkout_token_sealed`` is the checkout address's token under the
    key-encryption key; it is left out of snapshots. What was ordered (amount, method, description, metadata, …) never
    changes: a repeated create is compared with it. ``capture_before`` is set while the payment is authorized; from that
    moment on its hold can only expire. ``captures`` has the first one first; it stays empty where nothing was held.
    """

    id: str
    livemode: bool
    revision: int
    status: PaymentStatus
    merchant_id: str
    payer_merchant_id: str | None
    creator_merchant_id: str
    client_id: str
    merchant_order_no: str
    amount_minor: int
    currency: str
    description: str
    method_type: MethodType
    method: Method
    capture_method: CaptureMethod
    scene: Scene | None
    metadata: dict[str, str]
    fee_rate_ppm: int
    payee_account_id: str
    fee_account_id: str
    created_at: Instant
    expires_at: Instant | None
    checkout_token_sealed: bytes | None = None
    amount_captured_minor: int = 0
    amount_refunded_minor: int = 0
    refund_reserved_minor: int = 0
    refund_count: int = 0
    fee_minor: int = 0
    fee_returned_minor: int = 0
    refund_status: RefundStatus = "none"
    split_status: SplitStatus = "none"
    dispute_status: DisputeStatus = "none"
    settlement_status: SettlementStatus = "unsettled"
    late: bool = False
    last_error: Declined | None = None
    attempts: tuple[Attempt, ...] = ()
    payer_customer_id: str | None = None
    payer_account_id: str | None = None
    payer_masked: str | None = None
    succeeded_at: Instant | None = None
    capture_before: Instant | None = None
    captures: tuple[Capture, ...] = ()

    @property
    def return_url(self) -> str | None:
        """Where the payer's browser goes afterwards; ``None`` for methods without a page."""
        return self.method.return_url if isinstance(self.method, H5Method) else None

    @property
    def capturable_minor(self) -> int:
        """What is left to capture; 0 unless the payment is authorized."""
        return self.amount_minor - self.amount_captured_minor if self.status == "authorized" else 0

    @property
    def refundable_minor(self) -> int:
        """What may still be refunded."""
        return self.amount_captured_minor - self.refund_reserved_minor
