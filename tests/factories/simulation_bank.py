"""A small bank for models and simulations: what may be asked of it, and how each question is put to the platform."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from tongbao_platform.domain.accounts import close as close_account
from tongbao_platform.domain.accounts import deposit, freeze, unfreeze
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.close import CloseAccount
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.freeze import FreezeAccount
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.accounts.unfreeze import UnfreezeAccount
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.customers import create as create_customer
from tongbao_platform.domain.customers.create import CreateCustomer, CustomerAccount
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.create import CreateMerchant
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.domain.payments import capture, close, confirm, create, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.confirm import ConfirmPayment
from tongbao_platform.domain.payments.create import CreatePayment, NewCheckout, Payee
from tongbao_platform.domain.payments.model import AccountMethod, H5Method
from tongbao_platform.domain.payments.void import VoidPayment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.refunds.create import CreateRefund
from tongbao_platform.execution.operation import Answer, Context, Idempotency
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import Instant, later
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.ids import IdSource

MERCHANTS: Final = ("shop", "buyer", "cafe")
CUSTOMERS: Final = ("zhang", "li")
FUNDS: Final = 10_000
FEE_PPM: Final = 6_000
RETURN_URL: Final = "https://shop.example/done"
PIN_HASH: Final = "pin-hash"
_FAR: Final = Instant(2**50)

Verb = Literal[
    "deposit",
    "pay",
    "authorize",
    "order",
    "reserve",
    "claim",
    "confirm",
    "close",
    "capture",
    "void",
    "refund",
    "freeze",
    "unfreeze",
    "close_account",
]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question. ``by`` is who asks: a merchant, a customer, or ``bank``.

    ``pay`` and ``authorize`` move money from the account of ``by`` to that of ``other``; ``order`` and ``reserve`` open
    a checkout, for the whole at once or for a hold. ``number`` is the merchant's own. ``target`` is a payment's id, or
    the name of an account's owner. ``lives_ms`` is how long a checkout is open.
    """

    verb: Verb
    by: str
    key: str | None = None
    number: str = ""
    target: str = ""
    other: str = ""
    amount_minor: int | None = None
    final: bool = True
    lives_ms: int | None = None

    @property
    def fingerprint(self) -> bytes:
        """What distinguishes it from another question under the same key."""
        return hashlib.sha256(msgspec.json.encode(self)).digest()


def payee_of(name: str) -> Payee:
    """Return what is known of a merchant as a payee."""
    return Payee(
        merchant_id=f"mch_{name}",
        account_id=f"acc_{name}",
        fee_rate_ppm=FEE_PPM,
        fee_account_id="acc_fee",
        return_origins=("https://shop.example",),
    )


def context_of(ask: Ask) -> Context:
    """Return the context in which ``ask`` is asked."""
    asked = None
    if ask.key is not None:
        asked = Idempotency(scope=ask.by, key=ask.key, fingerprint=ask.fingerprint, expires_at=_FAR)
    caller = None
    if ask.by in MERCHANTS:
        caller = Caller(
            client_id=f"app_{ask.by}",
            merchant_id=f"mch_{ask.by}",
            profile="merchant",
            scopes=frozenset(),
            api_version="2026-11-22",
            livemode=False,
        )
    return Context(actor=ask.by, caller=caller, idempotency=asked, render=render)


def render(result: Any) -> Answer:
    """Render a result or a refusal: its class and everything in it."""
    refused = isinstance(result, Refusal)
    body = msgspec.json.encode([type(result).__name__, result])
    return Answer(status=422 if refused else 200, headers=(), body=body)


def command_of(ask: Ask, ids: IdSource, now: Instant) -> tuple[Any, Any]:
    """Return the operation and its command, with fresh ids, as a handler would for each try."""
    if ask.verb in {"pay", "authorize", "order", "reserve"}:
        return create, _payment(ask, ids, now)
    if ask.verb == "refund":
        return create_refund, _refund(ask, ids)
    if ask.verb in {"deposit", "freeze", "unfreeze", "close_account"}:
        return _account_command(ask)
    if ask.verb == "claim":
        return claim, ClaimCheckout(checkout_id=ask.target, customer_id=f"cus_{ask.by}")
    if ask.verb == "confirm":
        return confirm, ConfirmPayment(
            payment_id=ask.target,
            customer_id=f"cus_{ask.by}",
            payer_account_id=f"acc_{ask.by}",
            attempt_key=ask.number,
            pin_hash=PIN_HASH,
        )
    if ask.verb == "close":
        return close, ClosePayment(payment_id=ask.target)
    by = f"mch_{ask.by}"
    if ask.verb == "capture":
        return capture, CapturePayment(
            payment_id=ask.target, amount_minor=ask.amount_minor, final=ask.final, by_merchant_id=by
        )
    return void, VoidPayment(payment_id=ask.target, by_merchant_id=by)


def _account_command(ask: Ask) -> tuple[Any, Any]:
    account_id = f"acc_{ask.target}"
    if ask.verb == "freeze":
        return freeze, FreezeAccount(account_id=account_id, reason="test")
    if ask.verb == "unfreeze":
        return unfreeze, UnfreezeAccount(account_id=account_id, reason="test")
    if ask.verb == "close_account":
        return close_account, CloseAccount(account_id=account_id)
    return deposit, Deposit(
        account_id=account_id,
        from_account_id="acc_bank",
        amount_minor=ask.amount_minor or 0,
        reference_id=ask.number,
    )


def _payment(ask: Ask, ids: IdSource, now: Instant) -> CreatePayment:
    payment_id = ids.new("pay")
    on_page = ask.verb in {"order", "reserve"}
    return CreatePayment(
        payment_id=payment_id,
        creator_merchant_id=f"mch_{ask.by}",
        client_id=f"app_{ask.by}",
        livemode=False,
        merchant_order_no=ask.number,
        amount_minor=ask.amount_minor or 0,
        currency="CNY",
        method=H5Method(RETURN_URL) if on_page else AccountMethod(f"acc_{ask.by}", f"acc_{ask.other}"),
        payee=payee_of(ask.by if on_page else ask.other),
        capture_method="manual" if ask.verb in {"authorize", "reserve"} else "automatic",
        expires_at=None if ask.lives_ms is None else later(now, ask.lives_ms),
        checkout=NewCheckout(token_hash=payment_id.encode(), token_sealed=b"sealed") if on_page else None,
    )


def _refund(ask: Ask, ids: IdSource) -> CreateRefund:
    return CreateRefund(
        refund_id=ids.new("ref"),
        merchant_id=f"mch_{ask.by}",
        client_id=f"app_{ask.by}",
        payment_id=ask.target,
        merchant_refund_no=ask.number,
        amount_minor=ask.amount_minor or 0,
        currency="CNY",
    )


def opening() -> Iterator[tuple[Any, Any]]:
    """Return the operations that open the bank: its own accounts, merchants and customers, each with ``FUNDS``."""
    for account_id, kind in (("acc_bank", "bank_settlement"), ("acc_fee", "fee_income")):
        yield open_account, OpenAccount(account_id=account_id, owner_id=None, kind=kind, currency="CNY")  # type: ignore[arg-type]  # both are kinds
    for name in MERCHANTS:
        yield (
            create_merchant,
            CreateMerchant(
                merchant_id=f"mch_{name}",
                name=name.title(),
                livemode=False,
                fee_rate_ppm=FEE_PPM,
                return_origins=("https://shop.example",),
                settlement_accounts=(SettlementAccount("CNY", f"acc_{name}"),),
            ),
        )
    for name in CUSTOMERS:
        yield (
            create_customer,
            CreateCustomer(
                customer_id=f"cus_{name}",
                login=name,
                password_hash="password-hash",
                pin_hash=PIN_HASH,
                name=name.title(),
                livemode=False,
                accounts=(CustomerAccount(f"acc_{name}", "CNY"),),
            ),
        )
    for name in (*MERCHANTS, *CUSTOMERS):
        yield (
            deposit,
            Deposit(
                account_id=f"acc_{name}", from_account_id="acc_bank", amount_minor=FUNDS, reference_id=f"start-{name}"
            ),
        )
