"""One example of each state a checkout page can be in, by a name that says which."""

from typing import Final

import msgspec

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.web.views import (
    AlreadyPaid,
    Amount,
    Authorized,
    Canceled,
    Confirm,
    Declined,
    DeclineReason,
    Expired,
    Login,
    NotFound,
    Order,
    OwnedByAnother,
    PayerAccount,
    PinLocked,
    Place,
    Problem,
    Processing,
    Succeeded,
    TooManyRequests,
    View,
)

NOW: Final = Instant(1_795_343_400_000)  # 2026-11-22T10:30:00Z, 18:30 in Shanghai
PATH: Final = "/checkout/Zm9ydHktdGhyZWUgY2hhcmFjdGVycyBvZiBiYXNlNjR1"
RETURN_URL: Final = "https://m.shop.example/done?cart=9&result=eyJ.eyJ.c2ln"
REQUEST_ID: Final = "req_01kb3m9x2hf7r8t4v6w0y1z2a3"
TOKEN: Final = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

ORDER: Final = Order(
    merchant_name="山月咖啡",
    amount=Amount(value_minor=1999, currency="CNY", exponent=2),
    description="拿铁两杯 Two coffees",
    merchant_order_no="20261122-0001",
    expires_at=NOW,
    livemode=True,
)
PLACE: Final = Place(path=PATH, return_url=RETURN_URL)
DEBIT: Final = PayerAccount(
    account_id="acc_01kb3m9x2hf7r8t4v6w0y1z2a3",
    name="活期账户",
    masked_number="•••• 6688",
    available=Amount(value_minor=1_284_050, currency="CNY", exponent=2),
    sufficient=True,
)
SAVINGS: Final = PayerAccount(
    account_id="acc_01kb3m9x2hf7r8t4v6w0y1z2b4",
    name="零钱账户",
    masked_number="•••• 0231",
    available=Amount(value_minor=850, currency="CNY", exponent=2),
    sufficient=False,
)
LOGIN: Final = Login(order=ORDER, place=PLACE, csrf_token=TOKEN)
CONFIRM: Final = Confirm(
    order=ORDER,
    place=PLACE,
    confirm_csrf_token=TOKEN,
    decline_csrf_token=TOKEN,
    logout_csrf_token=TOKEN,
    payer_name="*小明",
    accounts=(DEBIT,),
    attempt="3q2-7w",
)
CHOICE: Final = msgspec.structs.replace(CONFIRM, accounts=(DEBIT, SAVINGS), selected_account_id=DEBIT.account_id)
SUCCEEDED: Final = Succeeded(
    order=ORDER, place=PLACE, paid_at=NOW, account_name=DEBIT.name, account_masked_number=DEBIT.masked_number
)


def _declined(reason: DeclineReason, *, may_retry: bool) -> Declined:
    return Declined(order=ORDER, place=PLACE, reason=reason, may_retry=may_retry)


def checkout_views() -> dict[str, View]:
    """Return every page in every state it can show."""
    replace = msgspec.structs.replace
    return {
        "login": LOGIN,
        "login_sandbox": replace(LOGIN, order=replace(ORDER, livemode=False)),
        "login_without_return": replace(LOGIN, place=Place(path=PATH)),
        "login_empty": replace(LOGIN, problems=("login_missing", "password_missing")),
        "login_wrong": replace(LOGIN, login_name="xiaoming", problems=("credentials_wrong",)),
        "login_locked": replace(LOGIN, login_name="xiaoming", problems=("credentials_locked",)),
        "login_form_expired": replace(LOGIN, problems=("form_expired",)),
        "login_session_expired": replace(LOGIN, notice="session_expired"),
        "login_logged_out": replace(LOGIN, notice="logged_out"),
        "confirm": CONFIRM,
        "confirm_choice": CHOICE,
        "confirm_pin_missing": replace(CONFIRM, problems=("pin_missing",)),
        "confirm_pin_format": replace(CONFIRM, problems=("pin_format",)),
        "confirm_pin_wrong": replace(CONFIRM, problems=("pin_wrong",), tries_left=3),
        "confirm_pin_last_try": replace(CONFIRM, problems=("pin_wrong",), tries_left=1),
        "confirm_pin_wrong_untold": replace(CONFIRM, problems=("pin_wrong",)),
        "confirm_no_account": replace(CHOICE, selected_account_id=None, problems=("account_missing", "pin_missing")),
        "confirm_account_unknown": replace(CHOICE, problems=("account_unknown",)),
        "confirm_form_expired": replace(CONFIRM, problems=("form_expired",)),
        "confirm_held_first": replace(CONFIRM, held_first=True),
        "pin_locked": PinLocked(order=ORDER, place=PLACE),
        "authorized": Authorized(
            order=ORDER,
            place=PLACE,
            capture_before=NOW,
            account_name=DEBIT.name,
            account_masked_number=DEBIT.masked_number,
        ),
        "succeeded": SUCCEEDED,
        "succeeded_in_part": replace(SUCCEEDED, charged=Amount(value_minor=999, currency="CNY", exponent=2)),
        "processing": Processing(order=ORDER, place=PLACE),
        "declined_funds": _declined("insufficient_funds", may_retry=True),
        "declined_limit": _declined("limit_exceeded", may_retry=False),
        "declined_account": _declined("account_unavailable", may_retry=True),
        "declined_no_account": _declined("no_account", may_retry=False),
        "declined_by_payer": _declined("declined_by_payer", may_retry=True),
        "declined_by_bank": _declined("refused_by_bank", may_retry=True),
        "expired": Expired(order=ORDER, place=PLACE),
        "already_paid_by_you": AlreadyPaid(order=ORDER, place=PLACE, by_you=True),
        "already_paid": AlreadyPaid(order=ORDER, place=PLACE, by_you=False),
        "canceled": Canceled(order=ORDER, place=PLACE),
        "owned_by_another": OwnedByAnother(order=ORDER, place=PLACE),
        "not_found": NotFound(),
        "bad_request": Problem(kind="bad_request", request_id=REQUEST_ID),
        "internal": Problem(kind="internal", request_id=REQUEST_ID),
        "unavailable": Problem(kind="unavailable", request_id=REQUEST_ID),
        "too_many_requests": TooManyRequests(retry_after_seconds=30, request_id=REQUEST_ID),
        "too_many_requests_short": TooManyRequests(retry_after_seconds=1, request_id=REQUEST_ID),
    }


def hostile_views() -> dict[str, View]:
    """Return pages whose texts try to break out, to mislead or to burst the layout."""
    replace = msgspec.structs.replace
    order = replace(
        ORDER,
        merchant_name='"><script>alert(1)</script>' + "W" * 80,
        amount=Amount(value_minor=2**53 - 1, currency="CNY", exponent=2),
        description="<img src=x onerror=alert(2)> {{ 7*7 }} {merchant} \u202e99.1 " + "龙" * 120,
        merchant_order_no="X" * 64,
    )
    payer = "';--<b>\u202e" + "名" * 60
    account = replace(DEBIT, name="<i>" + "账" * 40, account_id="'\"><script>")
    place = Place(path=PATH, return_url='https://m.shop.example/"><script>alert(3)</script>?a=1&b=2')
    return {
        "hostile_login": replace(LOGIN, order=order, place=place, login_name='" onfocus=alert(4) x="'),
        "hostile_confirm": replace(
            CHOICE, order=order, place=place, payer_name=payer, accounts=(account, SAVINGS), attempt='"><script>'
        ),
        "hostile_succeeded": replace(SUCCEEDED, order=order, place=place, account_name="<script>" + "账" * 60),
        "hostile_problem": Problem(kind="internal", request_id="<script>"),
    }
