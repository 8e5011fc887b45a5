"""A small world of payers and payees, and commands for it."""

from typing import Any

from msgspec.structs import replace

from tests.factories.accounts import account
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.payments import confirm, create
from tongbao_platform.domain.payments.confirm import ConfirmPayment
from tongbao_platform.domain.payments.create import CreatePayment, NewCheckout, Payee
from tongbao_platform.domain.payments.model import AccountMethod, H5Method, Payment
from tongbao_platform.domain.refunds.create import CreateRefund
from tongbao_platform.kernel.errors import Refusal

SHOP = Payee(
    merchant_id="mch_shop",
    account_id="acc_shop",
    fee_rate_ppm=6_000,
    fee_account_id="acc_fee",
    return_origins=("https://shop.example",),
)
ZHANG = Customer(
    id="cus_zhang",
    login="zhang",
    password_hash="password-hash",
    pin_hash="pin-hash",
    name_masked="*三",
    status="active",
    livemode=False,
    created_at=START,
)


def world(*, payer_minor: int = 100_000, shop_minor: int = 0, customer_minor: int = 100_000) -> FakeBank:
    """Return a bank with a paying merchant, a shop, a customer and fee income."""
    return FakeBank(
        [
            account("acc_buyer", "mch_buyer", "merchant", balance_minor=payer_minor),
            account("acc_shop", "mch_shop", "merchant", balance_minor=shop_minor),
            account("acc_zhang", "cus_zhang", "customer", balance_minor=customer_minor),
            account("acc_fee", None, "fee_income"),
            ZHANG,
        ]
    )


def account_payment(number: str = "1", amount_minor: int = 10_000, **changes: Any) -> CreatePayment:
    """Return a payment from the buyer's account to the shop's."""
    command = CreatePayment(
        payment_id=f"pay_{number}",
        creator_merchant_id="mch_buyer",
        client_id="app_buyer",
        livemode=False,
        merchant_order_no=f"order-{number}",
        amount_minor=amount_minor,
        currency="CNY",
        method=AccountMethod("acc_buyer", "acc_shop"),
        payee=SHOP,
        description="Beans",
    )
    return replace(command, **changes)


def h5_payment(number: str = "1", amount_minor: int = 10_000, **changes: Any) -> CreatePayment:
    """Return a payment that waits for its payer on the checkout."""
    command = CreatePayment(
        payment_id=f"pay_{number}",
        creator_merchant_id="mch_shop",
        client_id="app_shop",
        livemode=False,
        merchant_order_no=f"order-{number}",
        amount_minor=amount_minor,
        currency="CNY",
        method=H5Method("https://shop.example/done"),
        payee=SHOP,
        description="Two coffees",
        checkout=NewCheckout(token_hash=f"hash-{number}".encode(), token_sealed=b"sealed-token"),
    )
    return replace(command, **changes)


def confirmation(number: str = "1", **changes: Any) -> ConfirmPayment:
    """Return Zhang's yes."""
    command = ConfirmPayment(
        payment_id=f"pay_{number}",
        customer_id="cus_zhang",
        payer_account_id="acc_zhang",
        attempt_key="form-1",
        pin_hash="pin-hash",
    )
    return replace(command, **changes)


def refund(number: str, amount_minor: int, payment_id: str = "pay_1", **changes: Any) -> CreateRefund:
    """Return a refund by the shop."""
    command = CreateRefund(
        refund_id=f"ref_{number}",
        merchant_id="mch_shop",
        client_id="app_shop",
        payment_id=payment_id,
        merchant_refund_no=f"refund-{number}",
        amount_minor=amount_minor,
        currency="CNY",
    )
    return replace(command, **changes)


def waiting(bank: FakeBank, number: str = "1", amount_minor: int = 10_000) -> Payment:
    """Create an h5 payment whose checkout Zhang has opened."""
    made = bank.run(create, h5_payment(number, amount_minor))
    assert not isinstance(made, Refusal)
    owned = bank.run(claim, ClaimCheckout(checkout_id=f"pay_{number}", customer_id="cus_zhang"))
    assert not isinstance(owned, Refusal)
    return bank.row(Payment, f"pay_{number}")


def authorized(bank: FakeBank, number: str = "1", amount_minor: int = 10_000, **changes: Any) -> Payment:
    """Create an account payment whose money is held for the shop."""
    made = bank.run(create, account_payment(number, amount_minor, capture_method="manual", **changes))
    assert not isinstance(made, Refusal)
    payment = bank.row(Payment, f"pay_{number}")
    assert payment.status == "authorized"
    return payment


def paid_by_customer(bank: FakeBank, number: str = "1", amount_minor: int = 10_000) -> Payment:
    """Create an h5 payment that Zhang has paid."""
    waiting(bank, number, amount_minor)
    done = bank.run(confirm, confirmation(number))
    assert not isinstance(done, Refusal)
    return bank.row(Payment, f"pay_{number}")
