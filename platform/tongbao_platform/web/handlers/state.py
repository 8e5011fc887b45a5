"""Which page a visit gets: the payment's state decides, then who is signed in."""

import secrets

import msgspec

from tongbao_platform.domain.accounts.list import list_with_balances
from tongbao_platform.domain.accounts.model import AccountView, Balance
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.identity.request_signature import ReturnResult, sign_return_result
from tongbao_platform.identity.token_hash import new_jti
from tongbao_platform.kernel.clock import SECOND_MS
from tongbao_platform.kernel.currencies import CURRENCIES
from tongbao_platform.web.csrf import NONCE_BYTES, FormName, make_token
from tongbao_platform.web.handlers.visit import Visit
from tongbao_platform.web.return_link import return_link
from tongbao_platform.web.texts import text
from tongbao_platform.web.views import (
    AlreadyPaid,
    Amount,
    Authorized,
    Canceled,
    Confirm,
    ConfirmProblem,
    Declined,
    DeclineReason,
    Expired,
    Login,
    LoginNotice,
    LoginProblem,
    Order,
    OwnedByAnother,
    PayerAccount,
    PinLocked,
    Place,
    Processing,
    Succeeded,
    View,
    decline_reason,
)

MOST_ACCOUNTS = 20


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is to say beyond the state; used where the state leads to that form at all.

    ``again`` asks for the form although the last try failed, as every problem of the form does.
    """

    again: bool = False
    notice: LoginNotice | None = None
    login_name: str = ""
    login_problems: tuple[LoginProblem, ...] = ()
    confirm_problems: tuple[ConfirmProblem, ...] = ()
    tries_left: int | None = None
    account_id: str | None = None


NOTHING_ELSE = Wish()


async def present(visit: Visit, wish: Wish = NOTHING_ELSE) -> View:
    """Return the page for the payment's present state."""
    order, place, payment = order_of(visit), await place_of(visit), visit.payment
    customer = None if visit.signed_in is None else visit.signed_in.customer
    match payment.status:
        case "requires_action":
            if customer is None:
                return _login(visit, wish, place)
            return await _waiting(visit, customer, wish, place)
        case "authorized" | "succeeded":
            return _agreed(visit, customer, place)
        case "canceled":
            return Canceled(order=order, place=place)
        case "expired":
            return Expired(order=order, place=place)
        case "failed":
            return Declined(order=order, place=place, reason=_last_reason(visit), may_retry=False)
        case "processing" | "reversing":
            return Processing(order=order, place=place)


async def payer_accounts(visit: Visit, customer: Customer) -> list[tuple[AccountView, Balance]]:
    """Return the payer's open accounts in the payment's currency, newest first."""
    payment = visit.payment
    found = await list_with_balances(visit.services.reader, customer.id, payment.currency, MOST_ACCOUNTS)
    return [(account, balance) for account, balance in found if account.status == "open"]


def order_of(visit: Visit) -> Order:
    """Return what is to be paid."""
    payment = visit.payment
    return Order(
        merchant_name=visit.merchant.name,
        amount=_amount(payment.amount_minor, payment.currency),
        description=payment.description,
        merchant_order_no=payment.merchant_order_no,
        expires_at=payment.expires_at if payment.expires_at is not None else visit.checkout.expires_at,
        livemode=payment.livemode,
    )


async def place_of(visit: Visit) -> Place:
    """Return where the page stands, with the way back: what the merchant is told there is the state as it is now."""
    payment, services = visit.payment, visit.services
    if payment.return_url is None:
        return Place(path=visit.path)
    result = ReturnResult(
        payment_id=payment.id,
        status=payment.status,
        iat=services.clock.now() // SECOND_MS,
        aud=payment.merchant_id,
    )
    signed = sign_return_result(await services.active_key(), result)
    return Place(path=visit.path, return_url=return_link(payment.return_url, signed))


def _login(visit: Visit, wish: Wish, place: Place) -> View:
    return Login(
        order=order_of(visit),
        place=place,
        csrf_token=_token(visit, "login"),
        login_name=wish.login_name,
        problems=wish.login_problems,
        notice=wish.notice,
    )


async def _waiting(visit: Visit, customer: Customer, wish: Wish, place: Place) -> View:
    order = order_of(visit)
    if visit.checkout.customer_id not in (None, customer.id):
        return OwnedByAnother(order=order, place=place)
    if customer.pin_locked_at is not None:
        return PinLocked(order=order, place=place)
    if visit.payment.last_error is not None and not wish.again and not wish.confirm_problems:
        return Declined(order=order, place=place, reason=_last_reason(visit), may_retry=True)
    accounts = await payer_accounts(visit, customer)
    if not accounts:
        return Declined(order=order, place=place, reason="no_account", may_retry=False)
    shown = tuple(_account(visit, account, balance) for account, balance in accounts)
    # Nothing is chosen that the payer did not choose before, except the first account that can pay.
    able = next((account.account_id for account in shown if account.sufficient), None)
    return Confirm(
        order=order,
        place=place,
        confirm_csrf_token=_token(visit, "confirm"),
        decline_csrf_token=_token(visit, "decline"),
        logout_csrf_token=_token(visit, "logout"),
        payer_name=customer.name_masked,
        accounts=shown,
        attempt=new_jti(),
        selected_account_id=wish.account_id or able,
        problems=wish.confirm_problems,
        tries_left=wish.tries_left,
        held_first=visit.payment.capture_method == "manual",
    )


def _agreed(visit: Visit, customer: Customer | None, place: Place) -> View:
    payment = visit.payment
    order = order_of(visit)
    if customer is None or payment.payer_customer_id != customer.id:
        return AlreadyPaid(order=order, place=place, by_you=False)
    name, number = text(visit.language, "account.current"), _masked(payment.payer_account_id or "")
    if payment.capture_before is not None:
        return Authorized(
            order=order,
            place=place,
            capture_before=payment.capture_before,
            account_name=name,
            account_masked_number=number,
        )
    captured_minor = payment.amount_captured_minor
    return Succeeded(
        order=order,
        place=place,
        paid_at=payment.succeeded_at if payment.succeeded_at is not None else payment.created_at,
        account_name=name,
        account_masked_number=number,
        charged=_amount(captured_minor, payment.currency) if captured_minor < payment.amount_minor else None,
    )


def _last_reason(visit: Visit) -> DeclineReason:
    error = visit.payment.last_error
    return decline_reason("" if error is None else error.code)


def _account(visit: Visit, account: AccountView, balance: Balance) -> PayerAccount:
    return PayerAccount(
        account_id=account.id,
        name=text(visit.language, "account.current"),
        masked_number=_masked(account.id),
        available=_amount(balance.available_minor, account.currency),
        sufficient=balance.available_minor >= visit.payment.amount_minor,
    )


def _masked(account_id: str) -> str:
    return f"•••• {account_id[-4:]}"


def _amount(value_minor: int, currency: str) -> Amount:
    return Amount(value_minor=value_minor, currency=currency, exponent=CURRENCIES[currency].exponent)


def _token(visit: Visit, form: FormName) -> str:
    return make_token(visit.session_secret, secrets.token_bytes(NONCE_BYTES), form=form, page=visit.path)
