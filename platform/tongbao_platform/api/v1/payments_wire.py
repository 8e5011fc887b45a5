"""How payments look on the wire: what is accepted, what is answered, and how a payment is shown."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tongbao_platform.api.reading import ListQuery
from tongbao_platform.api.v1.values import (
    END,
    AccountId,
    Amount,
    Livemode,
    MerchantId,
    MerchantNo,
    Metadata,
    Money,
    PaymentId,
    Revision,
    Timestamp,
    TimestampInput,
    shown,
)
from tongbao_platform.domain.payments.model import AccountMethod as AccountMethodModel
from tongbao_platform.domain.payments.model import Attempt as AttemptModel
from tongbao_platform.domain.payments.model import Declined
from tongbao_platform.domain.payments.model import H5Method as H5MethodModel
from tongbao_platform.domain.payments.model import Payment as PaymentModel
from tongbao_platform.kernel.clock import format_instant

Status = Annotated[
    Literal["requires_action", "processing", "authorized", "succeeded", "failed", "canceled", "expired", "reversing"],
    Meta(title="PaymentStatus", description="Where the payment is in its life cycle."),
]
CaptureMethod = Annotated[
    Literal["automatic", "manual"],
    Meta(
        title="CaptureMethod",
        description="When the money is taken: at once, or held first and taken by `capture`.",
    ),
]
Description = Annotated[str, Meta(max_length=256, description="What is paid for, as the payer reads it.")]


class H5MethodInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="h5"):
    """The hosted checkout page in the payer's browser."""

    return_url: Annotated[
        str,
        Meta(
            max_length=2048,
            pattern="^https?://[^ ]+" + END,
            description="Where the browser goes afterwards; its origin must be registered.",
        ),
    ]


class AccountMethodInput(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="account"
):
    """From the caller's own account straight to another one; posted at once, or held to be captured."""

    source_account_id: Annotated[AccountId, Meta(description="The account that pays; the calling merchant's own.")]
    payee_account_id: (
        Annotated[
            AccountId,
            Meta(description="The account that receives; without it the payee is the caller's own settlement account."),
        ]
        | UnsetType
    ) = UNSET


class SceneInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the payment happens; used for risk decisions only."""

    client_ip: Annotated[str, Meta(max_length=45)] | UnsetType = UNSET
    store_id: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    device_id: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class PaymentCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a payment is created from."""

    merchant_order_no: MerchantNo
    amount: Amount
    method: H5MethodInput | AccountMethodInput
    description: Description = ""
    capture_method: CaptureMethod = "automatic"
    expires_at: Annotated[TimestampInput, Meta(description="When an unpaid payment ends.")] | UnsetType = UNSET
    scene: SceneInput | UnsetType = UNSET
    metadata: Metadata = {}


class H5Method(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="h5"):
    """The hosted checkout page in the payer's browser."""

    return_url: str


class AccountMethod(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="account"):
    """From one account straight to another one."""

    source_account_id: AccountId
    payee_account_id: AccountId


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where the payment happens, as the merchant told it."""

    client_ip: str | None
    store_id: str | None
    device_id: str | None


class RedirectToUrl(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="redirect_to_url"):
    """Send the payer's browser to `url` before `expires_at`; the URL is a secret of payer and merchant."""

    url: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
    expires_at: Timestamp


class PaymentError(msgspec.Struct, frozen=True):
    """Why an attempt to pay failed: a stable `code` and a sentence for people."""

    code: str
    message: str


class PaymentAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to pay; `unknown` is resolved by asking the channel, never by a clock."""

    number: int
    status: Annotated[
        Literal["created", "authenticating", "submitted", "succeeded", "failed", "unknown"],
        Meta(title="PaymentAttemptStatus"),
    ]
    created_at: Timestamp
    ended_at: Timestamp | None
    error: PaymentError | None


class Payer(msgspec.Struct, frozen=True):
    """Who paid; `masked` is all that is shown of name and account."""

    masked: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment, whatever its method; every status field is on its own and none is overloaded."""

    id: PaymentId
    object: Literal["payment"]
    livemode: Livemode
    revision: Revision
    status: Status
    merchant_id: Annotated[MerchantId, Meta(description="The payee.")]
    payer_merchant_id: Annotated[MerchantId, Meta(description="Set when a merchant's account pays.")] | None
    merchant_order_no: Annotated[str, Meta(description="Null for the side that did not create the payment.")] | None
    amount: Money
    description: str
    method: H5Method | AccountMethod
    capture_method: CaptureMethod
    expires_at: Timestamp | None
    scene: Scene | None
    metadata: dict[str, str]
    amount_captured: Money
    amount_capturable: Annotated[Money, Meta(description="What is left to capture; 0 unless authorized.")]
    capture_before: Annotated[Timestamp, Meta(description="Then the hold expires; set while authorized.")] | None
    amount_refunded: Annotated[Money, Meta(description="Succeeded refunds.")]
    fee: Annotated[Money, Meta(description="What the payee pays the platform for this payment.")]
    next_action: Annotated[RedirectToUrl, Meta(description="What the merchant does next.")] | None
    attempts: Annotated[list[PaymentAttempt], Meta(description="The last one first.")]
    last_error: PaymentError | None
    refund_status: Annotated[Literal["none", "partial", "full"], Meta(title="PaymentRefundStatus")]
    split_status: Annotated[Literal["none", "pending", "partial", "done"], Meta(title="PaymentSplitStatus")]
    dispute_status: Annotated[Literal["none", "open", "won", "lost"], Meta(title="PaymentDisputeStatus")]
    settlement_status: Annotated[Literal["unsettled", "batched", "settled"], Meta(title="PaymentSettlementStatus")]
    late: Annotated[bool, Meta(description="Paid after it had expired.")]
    payer: Payer | None
    created_at: Timestamp
    succeeded_at: Timestamp | None


class PaymentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of payments, newest first."""

    data: list[Payment]
    has_more: bool
    next_cursor: str | None


class PaymentQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of the list of payments."""

    status: Status | None = None
    merchant_order_no: MerchantNo | None = None
    created_from: Annotated[TimestampInput, Meta(description="Created at or after this time.")] | None = None
    created_to: Annotated[TimestampInput, Meta(description="Created before this time.")] | None = None


def _error(declined: Declined | None) -> PaymentError | None:
    return None if declined is None else PaymentError(declined.code, declined.message)


def _attempt(attempt: AttemptModel) -> PaymentAttempt:
    return PaymentAttempt(
        number=attempt.number,
        status=attempt.status,
        created_at=format_instant(attempt.created_at),
        ended_at=shown(attempt.ended_at),
        error=_error(attempt.error),
    )


def _method(method: H5MethodModel | AccountMethodModel) -> H5Method | AccountMethod:
    if isinstance(method, H5MethodModel):
        return H5Method(return_url=method.return_url)
    return AccountMethod(source_account_id=method.source_account_id, payee_account_id=method.payee_account_id)


def next_action(payment: PaymentModel, checkout_url: str | None) -> RedirectToUrl | None:
    """Return what the merchant does next; ``checkout_url`` is the page's address where it is known and still open."""
    if payment.status != "requires_action" or checkout_url is None or payment.expires_at is None:
        return None
    return RedirectToUrl(url=checkout_url, expires_at=format_instant(payment.expires_at))


def render_payment(payment: PaymentModel, viewer: str, checkout_url: str | None = None) -> Payment:
    """Show ``payment`` to the merchant ``viewer``; its number, notes and scene are its creator's alone."""
    currency = payment.currency
    scene = payment.scene
    own = viewer == payment.creator_merchant_id
    return Payment(
        id=payment.id,
        object="payment",
        livemode=payment.livemode,
        revision=payment.revision,
        status=payment.status,
        merchant_id=payment.merchant_id,
        payer_merchant_id=payment.payer_merchant_id,
        merchant_order_no=payment.merchant_order_no if own else None,
        amount=Money(payment.amount_minor, currency),
        description=payment.description,
        method=_method(payment.method),
        capture_method=payment.capture_method,
        expires_at=shown(payment.expires_at),
        scene=Scene(client_ip=scene.client_ip, store_id=scene.store_id, device_id=scene.device_id)
        if own and scene is not None
        else None,
        metadata=payment.metadata if own else {},
        amount_captured=Money(payment.amount_captured_minor, currency),
        amount_capturable=Money(payment.capturable_minor, currency),
        capture_before=shown(payment.capture_before),
        amount_refunded=Money(payment.amount_refunded_minor, currency),
        fee=Money(payment.fee_minor, currency),
        next_action=next_action(payment, checkout_url) if own else None,
        attempts=[_attempt(attempt) for attempt in payment.attempts],
        last_error=_error(payment.last_error),
        refund_status=payment.refund_status,
        split_status=payment.split_status,
        dispute_status=payment.dispute_status,
        settlement_status=payment.settlement_status,
        late=payment.late,
        payer=None if payment.payer_masked is None else Payer(payment.payer_masked),
        created_at=format_instant(payment.created_at),
        succeeded_at=shown(payment.succeeded_at),
    )
