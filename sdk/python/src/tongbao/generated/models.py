# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""The API's objects. Fields, values and variants this version does not know never raise."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import msgspec

from tongbao._event import EventBase
from tongbao._open import OpenEnum, OpenUnion, UnknownVariant


class AccountKind(OpenEnum):
    """Whose money the account holds."""

    BANK_SETTLEMENT = "bank_settlement"
    CLEARING = "clearing"
    CUSTOMER = "customer"
    FEE_INCOME = "fee_income"
    FX_POSITION = "fx_position"
    MERCHANT = "merchant"


class AccountStatus(OpenEnum):
    """Known values of AccountStatus; others are kept as they come."""

    CLOSED = "closed"
    FROZEN = "frozen"
    OPEN = "open"


class ApiVersion(OpenEnum):
    """The version that events are rendered in."""

    V2026_11_22 = "2026-11-22"


class CaptureMethod(OpenEnum):
    """When the money is taken: at once, or held first and taken by `capture`."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class ClearingReleaseReason(OpenEnum):
    """Known values of ClearingReleaseReason; others are kept as they come."""

    CAPTURED = "captured"
    EXPIRED = "expired"
    VOIDED = "voided"


class ErrorCode(OpenEnum):
    """The closed list of error codes."""

    INVALID_JSON = "invalid_json"
    INVALID_PARAMETER = "invalid_parameter"
    INVALID_HEADER = "invalid_header"
    INVALID_CURSOR = "invalid_cursor"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    API_VERSION_UNKNOWN = "api_version_unknown"
    TOKEN_MISSING = "token_missing"
    TOKEN_INVALID = "token_invalid"
    TOKEN_EXPIRED = "token_expired"
    CLIENT_DISABLED = "client_disabled"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_KEY_UNKNOWN = "signature_key_unknown"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_EXPIRED = "signature_expired"
    SIGNATURE_REPLAYED = "signature_replayed"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    ON_BEHALF_OF_NOT_ALLOWED = "on_behalf_of_not_allowed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TIMEOUT = "request_timeout"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    MERCHANT_NUMBER_CONFLICT = "merchant_number_conflict"
    PAYMENT_INVALID_STATE = "payment_invalid_state"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    MISDIRECTED_REQUEST = "misdirected_request"
    VALIDATION_FAILED = "validation_failed"
    UNKNOWN_FIELD = "unknown_field"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    REFUND_EXCEEDS_PAYMENT = "refund_exceeds_payment"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    LIMIT_EXCEEDED = "limit_exceeded"
    CURRENCY_MISMATCH = "currency_mismatch"
    RETURN_URL_NOT_REGISTERED = "return_url_not_registered"
    WEBHOOK_URL_NOT_ALLOWED = "webhook_url_not_allowed"
    RATE_LIMITED = "rate_limited"
    HEADERS_TOO_LARGE = "headers_too_large"
    INTERNAL_ERROR = "internal_error"
    OVERLOADED = "overloaded"
    OUTCOME_UNKNOWN = "outcome_unknown"


class EventChoice(OpenEnum):
    """An event type that an endpoint wants, or `*` for all, later ones too."""

    ANY = "*"
    ACCOUNT_TRANSACTION_POSTED = "account.transaction_posted"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_CANCELED = "payment.canceled"
    PAYMENT_CREATED = "payment.created"
    PAYMENT_EXPIRED = "payment.expired"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_PARTIALLY_CAPTURED = "payment.partially_captured"
    PAYMENT_PROCESSING = "payment.processing"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    REFUND_CREATED = "refund.created"
    REFUND_FAILED = "refund.failed"
    REFUND_RETURNED = "refund.returned"
    REFUND_SUCCEEDED = "refund.succeeded"
    WEBHOOK_ENDPOINT_DISABLED = "webhook_endpoint.disabled"


class FieldErrorCode(OpenEnum):
    """What is wrong with a member."""

    REQUIRED = "required"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    BAD_FORMAT = "bad_format"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    DIFFERS = "differs"


class PaymentAttemptStatus(OpenEnum):
    """Known values of PaymentAttemptStatus; others are kept as they come."""

    AUTHENTICATING = "authenticating"
    CREATED = "created"
    FAILED = "failed"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    UNKNOWN = "unknown"


class PaymentDisputeStatus(OpenEnum):
    """Known values of PaymentDisputeStatus; others are kept as they come."""

    LOST = "lost"
    NONE = "none"
    OPEN = "open"
    WON = "won"


class PaymentRefundStatus(OpenEnum):
    """Known values of PaymentRefundStatus; others are kept as they come."""

    FULL = "full"
    NONE = "none"
    PARTIAL = "partial"


class PaymentSettlementStatus(OpenEnum):
    """Known values of PaymentSettlementStatus; others are kept as they come."""

    BATCHED = "batched"
    SETTLED = "settled"
    UNSETTLED = "unsettled"


class PaymentSplitStatus(OpenEnum):
    """Known values of PaymentSplitStatus; others are kept as they come."""

    DONE = "done"
    NONE = "none"
    PARTIAL = "partial"
    PENDING = "pending"


class PaymentStatus(OpenEnum):
    """Where the payment is in its life cycle."""

    AUTHORIZED = "authorized"
    CANCELED = "canceled"
    EXPIRED = "expired"
    FAILED = "failed"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    REVERSING = "reversing"
    SUCCEEDED = "succeeded"


class RefundStatus(OpenEnum):
    """Where the refund is in its life cycle."""

    CANCELED = "canceled"
    FAILED = "failed"
    PENDING = "pending"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    RETURNED = "returned"
    SUCCEEDED = "succeeded"


class WebhookDeliveryStatus(OpenEnum):
    """Known values of WebhookDeliveryStatus; others are kept as they come."""

    CANCELED = "canceled"
    FAILED = "failed"
    PENDING = "pending"
    SUCCEEDED = "succeeded"


class WebhookEndpointStatus(OpenEnum):
    """Known values of WebhookEndpointStatus; others are kept as they come."""

    DISABLED = "disabled"
    ENABLED = "enabled"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the caller, in one currency."""

    id: str
    object: Literal["account"] = "account"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    kind: AccountKind
    currency: str
    """ISO 4217 code, upper case."""
    status: AccountStatus
    metadata: dict[str, str]
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""


class AccountMethod(msgspec.Struct, frozen=True, kw_only=True):
    """From one account straight to another one."""

    type: Literal["account"] = "account"
    source_account_id: str
    payee_account_id: str


class AccountMethodInput(msgspec.Struct, frozen=True, kw_only=True):
    """From the caller's own account straight to another one; posted at once, or held to be captured."""

    type: Literal["account"] = "account"
    source_account_id: str
    """The account that pays; the calling merchant's own."""
    payee_account_id: str | None = None
    """The account that receives; without it the payee is the caller's own settlement account."""


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of accounts, newest first."""

    data: list[Account]
    has_more: bool
    next_cursor: str | None


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to move: whole minor units of one currency (1999 CNY is 19.99 yuan)."""

    value: int
    """Minor units of the currency, 1 to 2^53-1."""
    currency: str
    """ISO 4217 code, upper case."""


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds, or held at `as_of`: `available` = `posted` - `held`."""

    account_id: str
    object: Literal["balance"] = "balance"
    posted: Money
    available: Money
    held: Money
    as_of: datetime
    """RFC 3339 in UTC with milliseconds."""


class ClearingDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """How far an event is on its way to one of the caller's endpoints."""

    id: str
    endpoint_id: str
    status: WebhookDeliveryStatus
    attempt_count: int
    last_failure: str | None
    next_attempt_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    completed_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""


class ClearingHoldOpened(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's funds were checked and the amount was set aside for the payee."""

    type: Literal["hold_opened"] = "hold_opened"
    at: datetime
    """RFC 3339 in UTC with milliseconds."""
    hold_id: str
    amount: Money
    expires_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""


class ClearingHoldReleased(msgspec.Struct, frozen=True, kw_only=True):
    """What was left of the hold went back to the payer."""

    type: Literal["hold_released"] = "hold_released"
    at: datetime
    """RFC 3339 in UTC with milliseconds."""
    hold_id: str
    amount: Money
    reason: ClearingReleaseReason


class ClearingNotified(msgspec.Struct, frozen=True, kw_only=True):
    """An event was committed together with the steps of the same time, for both sides."""

    type: Literal["notified"] = "notified"
    at: datetime
    """RFC 3339 in UTC with milliseconds."""
    event_id: str
    event_type: str
    revision: int
    """Rises with each change; apply only what is greater."""
    deliveries: list[ClearingDelivery]
    """To the caller's own endpoints; none where no endpoint wants it or it is not on its way yet."""


class ClearingPosted(msgspec.Struct, frozen=True, kw_only=True):
    """Money moved from payer to payee, and the payee's fee with it, all or none."""

    type: Literal["posted"] = "posted"
    at: datetime
    """RFC 3339 in UTC with milliseconds."""
    amount: Money
    transactions: list[Transaction]
    """Those on the caller's own account, by `seq`."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The client that the token belongs to."""

    client_id: str
    object: Literal["client"] = "client"
    profile: str
    """merchant or fapi2."""
    livemode: bool
    """False in the sandbox."""
    merchants: list[ClientMerchant]
    scopes: list[str]
    """What this token may do."""
    api_version: str
    """The version that the client is pinned to."""
    keys: list[ClientKey]


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that the client has registered."""

    kid: str
    alg: str
    """ES256, PS256 or Ed25519; fixed per key."""
    use: str
    valid_from: datetime
    """RFC 3339 in UTC with milliseconds."""
    valid_until: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    last_used_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""


class ClientMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that the client may act for."""

    id: str
    name: str
    return_origins: list[str]
    """Origins that a checkout may come back to."""


class Currency(msgspec.Struct, frozen=True, kw_only=True):
    """A currency; `exponent` is how many decimal digits its minor unit has."""

    code: str
    """ISO 4217 code, upper case."""
    numeric: str
    """The three-digit ISO 4217 number."""
    exponent: int
    name: str


class CurrencyList(msgspec.Struct, frozen=True, kw_only=True):
    """All currencies, by code."""

    data: list[Currency]


class DailyBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What one closed settlement day did to an account: `closing` = `opening` - `debits` + `credits`."""

    object: Literal["daily_balance"] = "daily_balance"
    livemode: bool
    """False in the sandbox."""
    account_id: str
    business_date: date
    """The settlement day in Asia/Shanghai."""
    opening: Money
    debits: Money
    """The sum of what went out."""
    credits: Money
    """The sum of what came in."""
    closing: Money
    entries: int
    """How many transactions the day has."""
    first_seq: int
    """The `seq` of the day's first transaction."""
    last_seq: int
    """The `seq` of the day's last transaction."""


class DailyBalancePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of daily balances, newest first."""

    data: list[DailyBalance]
    has_more: bool
    next_cursor: str | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `data` is the object as it stood then, or its id only."""

    id: str
    type: str
    """payment.succeeded and the like: the list grows."""
    timestamp: datetime
    """RFC 3339 in UTC with milliseconds."""
    livemode: bool
    """False in the sandbox."""
    api_version: str
    seq: int | None
    """The endpoint's number for it, where an endpoint was asked for."""
    revision: int
    """Rises with each change; apply only what is greater."""
    data: EventData


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first; an endpoint's events after a `seq` come oldest first."""

    data: list[Event]
    has_more: bool
    next_cursor: str | None


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One member, parameter or header that was refused."""

    pointer: str
    """An RFC 6901 pointer into the body, or `query:`, `header:` or `path:` and a name."""
    code: FieldErrorCode
    detail: str


class H5Method(msgspec.Struct, frozen=True, kw_only=True):
    """The hosted checkout page in the payer's browser."""

    type: Literal["h5"] = "h5"
    return_url: str


class H5MethodInput(msgspec.Struct, frozen=True, kw_only=True):
    """The hosted checkout page in the payer's browser."""

    type: Literal["h5"] = "h5"
    return_url: str
    """Where the browser goes afterwards; its origin must be registered."""


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount: whole minor units of one currency (1999 CNY is 19.99 yuan)."""

    value: int
    """Minor units; negative in transactions only."""
    currency: str
    """ISO 4217 code, upper case."""


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """Who paid; `masked` is all that is shown of name and account."""

    masked: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment, whatever its method; every status field is on its own and none is overloaded."""

    id: str
    object: Literal["payment"] = "payment"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    status: PaymentStatus
    merchant_id: str
    """The payee."""
    payer_merchant_id: str | None
    """Set when a merchant's account pays."""
    merchant_order_no: str | None
    """Null for the side that did not create the payment."""
    amount: Money
    description: str
    method: PaymentMethod
    capture_method: CaptureMethod
    expires_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    scene: Scene | None
    metadata: dict[str, str]
    amount_captured: Money
    amount_capturable: Money
    """What is left to capture; 0 unless authorized."""
    capture_before: datetime | None
    """Then the hold expires; set while authorized."""
    amount_refunded: Money
    """Succeeded refunds."""
    fee: Money
    """What the payee pays the platform for this payment."""
    next_action: NextAction | None
    attempts: list[PaymentAttempt]
    """The last one first."""
    last_error: PaymentError | None
    refund_status: PaymentRefundStatus
    split_status: PaymentSplitStatus
    dispute_status: PaymentDisputeStatus
    settlement_status: PaymentSettlementStatus
    late: bool
    """Paid after it had expired."""
    payer: Payer | None
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    succeeded_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""


class PaymentAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to pay; `unknown` is resolved by asking the channel, never by a clock."""

    number: int
    status: PaymentAttemptStatus
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    ended_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    error: PaymentError | None


class PaymentCaptureInput(msgspec.Struct, frozen=True, kw_only=True):
    """What of an authorized payment is captured; an empty object captures all that is left."""

    amount: Amount | None = None
    """At most `amount_capturable`; without it all that is left."""
    final: bool | None = None
    """Whether the rest goes back to the payer; with false, more may be captured later."""


class PaymentClearing(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment was cleared, as the caller's side sees it."""

    payment_id: str
    object: Literal["payment_clearing"] = "payment_clearing"
    livemode: bool
    """False in the sandbox."""
    status: PaymentStatus
    revision: int
    """Rises with each change; apply only what is greater."""
    steps: list[ClearingStep]
    """In the order of time."""


class PaymentCreate(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment is created from."""

    merchant_order_no: str
    """The merchant's own number: unique per merchant for ever."""
    amount: Amount
    method: PaymentMethodInput
    description: str | None = None
    """What is paid for, as the payer reads it."""
    capture_method: CaptureMethod | None = None
    expires_at: datetime | None = None
    """When an unpaid payment ends."""
    scene: SceneInput | None = None
    metadata: dict[str, str] | None = None
    """The caller's own notes: up to 50 keys, each value up to 500 code points."""


class PaymentError(msgspec.Struct, frozen=True, kw_only=True):
    """Why an attempt to pay failed: a stable `code` and a sentence for people."""

    code: str
    message: str


class PaymentEvent(EventBase, frozen=True, kw_only=True):
    """Something happened to a payment."""

    id: str
    type: str
    timestamp: datetime
    """RFC 3339 in UTC with milliseconds."""
    livemode: bool
    """False in the sandbox."""
    api_version: str
    seq: int
    """Counts this endpoint's events without gaps."""
    revision: int
    """Rises with each change; apply only what is greater."""
    data: Payment


class PaymentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of payments, newest first."""

    data: list[Payment]
    has_more: bool
    next_cursor: str | None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error (RFC 9457)."""

    code: ErrorCode
    type: str
    """The page that explains the code."""
    title: str
    """Says the same for every occurrence."""
    status: int
    """The HTTP status."""
    detail: str
    """What happened this time."""
    instance: str
    """The path that was asked."""
    request_id: str
    """As in the header Request-Id."""
    retryable: bool
    """Whether the same request may succeed later."""
    errors: list[FieldError] | None = None
    """Every member, parameter or header that was refused, at most 100."""
    current_status: str | None = None
    """The object's status, where that is the reason."""
    allowed_actions: list[str] | None = None
    """What the object's status admits."""
    decline: str | None = None
    """Why a payment was declined, where that is the reason."""
    remaining: int | None = None
    """Minor units that may still be refunded."""
    check: str | None = None
    """Which check of the signature failed."""
    server_time: datetime | None = None
    """The server's time."""
    skew_seconds: int | None = None
    """`iat` minus the server's time."""
    payload_sha256: str | None = None
    """SHA-256 (base64url) of the payload that the server built."""
    payload: str | None = None
    """That payload itself (base64url); in the sandbox only."""


class RedirectToUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Send the payer's browser to `url` before `expires_at`; the URL is a secret of payer and merchant."""

    type: Literal["redirect_to_url"] = "redirect_to_url"
    url: str
    expires_at: datetime
    """RFC 3339 in UTC with milliseconds."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The object that caused a transaction."""

    type: str
    id: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back to the payer of one payment."""

    id: str
    object: Literal["refund"] = "refund"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    status: RefundStatus
    merchant_id: str
    payment_id: str
    merchant_refund_no: str
    amount: Money
    reason: str | None
    metadata: dict[str, str]
    fee_returned: Money
    """The part of the payment's fee that the merchant gets back."""
    last_error: RefundError | None
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    succeeded_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""


class RefundCreate(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund is created from."""

    payment_id: str
    merchant_refund_no: str
    """The merchant's own number: unique per merchant for ever."""
    amount: Amount
    reason: str | None = None
    """Why, for the merchant's own records."""
    metadata: dict[str, str] | None = None
    """The caller's own notes: up to 50 keys, each value up to 500 code points."""


class RefundError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a refund failed or came back: a stable `code` and a sentence for people."""

    code: str
    message: str


class RefundEvent(EventBase, frozen=True, kw_only=True):
    """Something happened to a refund."""

    id: str
    type: str
    timestamp: datetime
    """RFC 3339 in UTC with milliseconds."""
    livemode: bool
    """False in the sandbox."""
    api_version: str
    seq: int
    """Counts this endpoint's events without gaps."""
    revision: int
    """Rises with each change; apply only what is greater."""
    data: Refund


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of refunds, newest first."""

    data: list[Refund]
    has_more: bool
    next_cursor: str | None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where the payment happens, as the merchant told it."""

    client_ip: str | None
    store_id: str | None
    device_id: str | None


class SceneInput(msgspec.Struct, frozen=True, kw_only=True):
    """Where the payment happens; used for risk decisions only."""

    client_ip: str | None = None
    store_id: str | None = None
    device_id: str | None = None


class ThinEvent(EventBase, frozen=True, kw_only=True):
    """Something happened to an object whose data is not pushed."""

    id: str
    type: str
    timestamp: datetime
    """RFC 3339 in UTC with milliseconds."""
    livemode: bool
    """False in the sandbox."""
    api_version: str
    seq: int
    """Counts this endpoint's events without gaps."""
    revision: int
    """Rises with each change; apply only what is greater."""
    data: ThinObject


class ThinObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object by its id only: fetch it to learn more."""

    id: str
    object: str


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """An entry on an account; `seq` has no gaps, positive amounts came in."""

    id: str
    object: Literal["transaction"] = "transaction"
    livemode: bool
    """False in the sandbox."""
    account_id: str
    seq: int
    amount: Money
    balance_after: Money
    type: str
    """payment, fee, refund, fee_refund, deposit, …: the list grows."""
    reference: Reference
    description: str
    occurred_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    business_date: date
    """The settlement day in Asia/Shanghai."""


class TransactionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of transactions, newest first."""

    data: list[Transaction]
    has_more: bool
    next_cursor: str | None


class WebhookAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to deliver, and what came back."""

    number: int
    url: str
    started_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    duration_ms: int
    response_status: int | None
    reason: str
    """A stable word: http_200, http_500, dns, connect, deadline, …."""
    detail: str
    response_body: str
    """The first 16 KiB; what is not UTF-8 is replaced."""
    response_body_truncated: bool
    late: bool
    """Ended after the delivery had been taken up again; it changed nothing."""


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint."""

    id: str
    object: Literal["webhook_delivery"] = "webhook_delivery"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    status: WebhookDeliveryStatus
    endpoint_id: str
    event_id: str
    event_type: str
    seq: int
    """Counts the endpoint's events without gaps."""
    attempt_count: int
    last_failure: str | None
    next_attempt_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    completed_at: datetime | None
    """RFC 3339 in UTC with milliseconds."""
    attempts: list[WebhookAttempt]
    """The last one first."""
    metadata: dict[str, str]
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""


class WebhookDeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of webhook deliveries, newest first."""

    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: str | None


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events are sent."""

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    url: str
    event_types: list[str]
    description: str | None
    api_version: str
    status: WebhookEndpointStatus
    disabled_reason: str | None
    """A stable word, while disabled."""
    metadata: dict[str, str]
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""


class WebhookEndpointCreate(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook endpoint is created from."""

    url: str
    """An https URL that is reachable from the internet."""
    event_types: list[EventChoice]
    description: str | None = None
    api_version: ApiVersion | None = None
    metadata: dict[str, str] | None = None
    """The caller's own notes: up to 50 keys, each value up to 500 code points."""


class WebhookEndpointPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of webhook endpoints, newest first."""

    data: list[WebhookEndpoint]
    has_more: bool
    next_cursor: str | None


class WebhookEndpointUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; members that are left out stay as they are."""

    url: str | None = None
    """An https URL that is reachable from the internet."""
    event_types: list[EventChoice] | None = None
    description: str | None = None
    api_version: ApiVersion | None = None
    metadata: dict[str, str] | None = None
    """The caller's own notes: up to 50 keys, each value up to 500 code points."""
    status: WebhookEndpointStatus | None = None


class WebhookEndpointWithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook endpoint with its new secret, which is shown this once."""

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    livemode: bool
    """False in the sandbox."""
    revision: int
    """Rises with each change; apply only what is greater."""
    url: str
    event_types: list[str]
    description: str | None
    api_version: str
    status: WebhookEndpointStatus
    disabled_reason: str | None
    """A stable word, while disabled."""
    metadata: dict[str, str]
    created_at: datetime
    """RFC 3339 in UTC with milliseconds."""
    secret: str
    """`whsec_` and a key in base64, for Standard Webhooks signatures."""


if TYPE_CHECKING:
    ClearingStep: TypeAlias = (
        ClearingHoldOpened | ClearingHoldReleased | ClearingNotified | ClearingPosted | UnknownVariant
    )
else:

    class ClearingStep(OpenUnion):
        """One of ClearingHoldOpened, ClearingHoldReleased, ClearingNotified, ClearingPosted, or an UnknownVariant."""

        tag: ClassVar[str] = "type"
        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {
            "hold_opened": ClearingHoldOpened,
            "hold_released": ClearingHoldReleased,
            "notified": ClearingNotified,
            "posted": ClearingPosted,
        }


if TYPE_CHECKING:
    EventData: TypeAlias = Payment | Refund | ThinObject | UnknownVariant
else:

    class EventData(OpenUnion):
        """One of Payment, Refund, ThinObject, or an UnknownVariant."""

        tag: ClassVar[str] = "object"
        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {
            "account": ThinObject,
            "payment": Payment,
            "refund": Refund,
            "webhook_endpoint": ThinObject,
        }


if TYPE_CHECKING:
    NextAction: TypeAlias = RedirectToUrl | UnknownVariant
else:

    class NextAction(OpenUnion):
        """One of RedirectToUrl, or an UnknownVariant."""

        tag: ClassVar[str] = "type"
        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {"redirect_to_url": RedirectToUrl}


if TYPE_CHECKING:
    PaymentMethod: TypeAlias = AccountMethod | H5Method | UnknownVariant
else:

    class PaymentMethod(OpenUnion):
        """One of AccountMethod, H5Method, or an UnknownVariant."""

        tag: ClassVar[str] = "type"
        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {"account": AccountMethod, "h5": H5Method}


if TYPE_CHECKING:
    PaymentMethodInput: TypeAlias = AccountMethodInput | H5MethodInput | UnknownVariant
else:

    class PaymentMethodInput(OpenUnion):
        """One of AccountMethodInput, H5MethodInput, or an UnknownVariant."""

        tag: ClassVar[str] = "type"
        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {"account": AccountMethodInput, "h5": H5MethodInput}
