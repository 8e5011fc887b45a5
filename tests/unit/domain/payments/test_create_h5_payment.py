"""H5 payments: they wait for their payer, and nothing moves yet."""

import msgspec
import pytest
from msgspec.structs import replace

from tests.factories.payments import SHOP, h5_payment, world
from tests.factories.rows import START
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.payments import create
from tongbao_platform.domain.payments.create import DEFAULT_LIFE_MS, CreatedPayment
from tongbao_platform.domain.payments.model import AccountMethod, H5Method, Payment
from tongbao_platform.domain.payments.return_origin import origin_of
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


def test_the_payment_waits_and_its_checkout_exists() -> None:
    bank = world()
    result = bank.run(create, h5_payment())
    payment = bank.row(Payment, "pay_1")
    assert result == CreatedPayment(payment=payment, existing=False)
    assert (payment.status, payment.revision, payment.merchant_id) == ("requires_action", 1, "mch_shop")
    assert payment.expires_at == START + DEFAULT_LIFE_MS
    assert payment.return_url == "https://shop.example/done"
    checkout = bank.row(Checkout, "pay_1")
    assert (checkout.token_hash, checkout.customer_id) == (b"hash-1", None)
    assert checkout.expires_at == payment.expires_at
    assert not bank.book.transfers


def test_the_event_keeps_the_checkouts_token_to_itself() -> None:
    bank = world()
    bank.run(create, h5_payment())
    (event,) = bank.events
    assert (event.type, event.revision, event.merchant_ids) == ("payment.created", 1, ("mch_shop",))
    told = msgspec.json.decode(event.snapshot, type=Payment)
    assert bank.row(Payment, "pay_1").checkout_token_sealed == b"sealed-token"
    assert told.checkout_token_sealed is None
    assert told == replace(bank.row(Payment, "pay_1"), checkout_token_sealed=None)


def test_an_own_expiry_is_kept() -> None:
    bank = world()
    bank.run(create, h5_payment(expires_at=Instant(START + 1)))
    assert bank.row(Payment, "pay_1").expires_at == START + 1


def test_the_return_url_has_a_registered_origin() -> None:
    refusal = world().run(create, h5_payment(method=H5Method("https://evil.example/done")))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "return_url_not_registered"


def test_a_merchant_without_such_an_account_takes_no_such_money() -> None:
    refusal = world().run(create, h5_payment(payee=None, currency="USD"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "currency_mismatch"


def test_without_a_token_there_is_no_checkout() -> None:
    with pytest.raises(ValueError, match="token"):
        world().run(create, h5_payment(checkout=None))


def test_an_equal_create_gives_the_existing_payment_with_its_token() -> None:
    bank = world()
    bank.run(create, h5_payment())
    again = bank.run(create, h5_payment(payment_id="pay_2", payee=replace(SHOP, fee_rate_ppm=1), checkout=None))
    assert again == CreatedPayment(payment=bank.row(Payment, "pay_1"), existing=True)


def test_another_return_url_or_method_differs() -> None:
    bank = world()
    bank.run(create, h5_payment())
    for method, pointer in (
        (H5Method("https://shop.example/other"), "/method/return_url"),
        (AccountMethod("acc_shop", "acc_buyer"), "/method/type"),
    ):
        refusal = bank.run(create, h5_payment(method=method))
        assert isinstance(refusal, Refusal)
        assert [error.pointer for error in refusal.errors] == [pointer]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.example/done?x=1", "https://shop.example"),
        ("HTTPS://Shop.Example:443/", "https://shop.example"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://[::1]:8443/a", "https://[::1]:8443"),
        ("https://shop.example@evil.example/", None),
        ("https://shop.example\\@evil.example/", None),
        ("https://shop.example\t.evil.example/", None),
        ("https://shop.example /", None),
        ("https://shöp.example/", None),
        ("https://shop.example:99999/", None),
        ("https://[::1/", None),
        ("javascript:alert(1)", None),
        ("//shop.example/", None),
        ("https:///done", None),
        ("", None),
    ],
)
def test_origins(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin
