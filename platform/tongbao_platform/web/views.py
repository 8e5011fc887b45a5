"""What each checkout page shows: frozen values that a handler fills in and ``page.render`` turns into HTML.

A view carries facts, never HTML and never prose: the wording is in ``texts``. Every string may be hostile; the
templates escape all of them.
"""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

LoginProblem = Literal[
    "login_missing",  # the login name was left empty
    "password_missing",
    "credentials_wrong",  # never says which of the two
    "credentials_locked",  # too many wrong tries for this login
    "form_expired",  # the CSRF token did not match: the form is shown again with a fresh one
]
ConfirmProblem = Literal[
    "account_missing",  # several accounts and none chosen
    "account_unknown",  # the chosen one is not (or no longer) one of the payer's
    "pin_missing",
    "pin_format",  # not exactly six digits
    "pin_wrong",  # ``Confirm.tries_left`` says how many are left
    "form_expired",
]
DeclineReason = Literal[
    "insufficient_funds",
    "limit_exceeded",
    "account_unavailable",  # frozen or closed
    "no_account",  # the payer has no account in the payment's currency
    "declined_by_payer",
    "refused_by_bank",  # everything else; the payer learns no more
]
ProblemKind = Literal["bad_request", "internal", "unavailable"]
LoginNotice = Literal["session_expired", "logged_out"]


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to show: ``value_minor`` counts units of ``10 ** -exponent`` of the ISO 4217 ``currency``."""

    value_minor: int
    currency: str
    exponent: int


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid, as its merchant described it."""

    merchant_name: str
    amount: Amount
    description: str
    merchant_order_no: str
    expires_at: Instant
    livemode: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page stands.

    ``path`` is the checkout page's own path without a query (``/checkout/<token>``). ``return_url`` is the absolute
    http(s) URL back to the merchant, ``result`` already in it where there is one (see ``return_link``).
    """

    path: str
    return_url: str | None = None


class PayerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account the payer may pay from. ``masked_number`` shows the last four digits at most."""

    account_id: str
    name: str
    masked_number: str
    available: Amount
    sufficient: bool


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Order summary and payer login."""

    order: Order
    place: Place
    csrf_token: str
    login_name: str = ""
    problems: tuple[LoginProblem, ...] = ()
    notice: LoginNotice | None = None


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """Choice of account (when there are several) and the payment PIN.

    ``attempt`` is opaque; the form sends it back, so that the same form submitted twice is one attempt.
    ``accounts`` holds one account at least. ``tries_left`` goes with the problem ``pin_wrong``. With ``held_first`` the
    amount is set aside now and charged later.
    """

    order: Order
    place: Place
    confirm_csrf_token: str
    decline_csrf_token: str
    logout_csrf_token: str
    payer_name: str
    accounts: tuple[PayerAccount, ...]
    attempt: str
    selected_account_id: str | None = None
    problems: tuple[ConfirmProblem, ...] = ()
    tries_left: int | None = None
    held_first: bool = False


class PinLocked(msgspec.Struct, frozen=True, kw_only=True):
    """The payment PIN is locked after too many wrong tries."""

    order: Order
    place: Place


class Authorized(msgspec.Struct, frozen=True, kw_only=True):
    """The amount is set aside; what the merchant does not charge before ``capture_before`` is free again."""

    order: Order
    place: Place
    capture_before: Instant
    account_name: str
    account_masked_number: str


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """Paid, just now or on a return to the page by its payer; ``charged`` where it is less than the order's amount."""

    order: Order
    place: Place
    paid_at: Instant
    account_name: str
    account_masked_number: str
    charged: Amount | None = None


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome is not known yet; the page offers to look again."""

    order: Order
    place: Place


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt failed and nothing was charged; with ``may_retry`` the page leads back to the form."""

    order: Order
    place: Place
    reason: DeclineReason
    may_retry: bool


class Expired(msgspec.Struct, frozen=True, kw_only=True):
    """The time to pay is over."""

    order: Order
    place: Place


class AlreadyPaid(msgspec.Struct, frozen=True, kw_only=True):
    """Paid before this visit: ``by_you`` when the payer who is logged in did it."""

    order: Order
    place: Place
    by_you: bool


class Canceled(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant closed the order."""

    order: Order
    place: Place


class OwnedByAnother(msgspec.Struct, frozen=True, kw_only=True):
    """Another payer logged in first and owns the attempt."""

    order: Order
    place: Place


class NotFound(msgspec.Struct, frozen=True, kw_only=True):
    """No payment under this link (or none that may be shown)."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something is wrong with us (500, 503), or the request makes no sense (400)."""

    kind: ProblemKind
    request_id: str


class TooManyRequests(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor is asked to slow down for ``retry_after_seconds``."""

    retry_after_seconds: int
    request_id: str


View = (
    Login
    | Confirm
    | PinLocked
    | Authorized
    | Succeeded
    | Processing
    | Declined
    | Expired
    | AlreadyPaid
    | Canceled
    | OwnedByAnother
    | NotFound
    | Problem
    | TooManyRequests
)

_DECLINE_REASONS: dict[str, DeclineReason] = {
    "insufficient_funds": "insufficient_funds",
    "limit_exceeded": "limit_exceeded",
    "account_unavailable": "account_unavailable",
    "no_account": "no_account",
    "declined_by_payer": "declined_by_payer",
}


def decline_reason(code: str) -> DeclineReason:
    """Map a payment's ``last_error.code`` to a reason a payer may read; an unlisted code just says "refused"."""
    return _DECLINE_REASONS.get(code, "refused_by_bank")
