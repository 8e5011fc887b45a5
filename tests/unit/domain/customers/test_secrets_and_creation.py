"""Hashes of passwords and PINs, masked names, new customers."""

import pytest
from msgspec.structs import replace

from tests.factories.payments import ZHANG
from tests.factories.rows import FakeBank
from tongbao_platform.domain.customers import create
from tongbao_platform.domain.customers.create import CreateCustomer, CustomerAccount
from tongbao_platform.domain.customers.masks import mask_name
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.password import MOST_CHARACTERS, hash_password, password_matches
from tongbao_platform.domain.customers.pin import hash_pin, is_pin, pin_matches
from tongbao_platform.kernel.errors import Refusal

WANG = CreateCustomer(
    customer_id="cus_wang",
    login="wang",
    password_hash="p",
    pin_hash="q",
    name="王小明",
    livemode=False,
    accounts=(CustomerAccount("acc_wang", "CNY"), CustomerAccount("acc_wang2", "USD")),
)


def test_a_password_matches_itself_only() -> None:
    customer = replace(ZHANG, password_hash=hash_password("correct horse"))
    assert customer.password_hash.startswith("$argon2id$")
    assert password_matches(customer, "correct horse")
    assert not password_matches(customer, "correct horse ")
    assert not password_matches(None, "correct horse")
    assert not password_matches(replace(customer, password_hash="broken"), "correct horse")


def test_an_unknown_login_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("argon2.PasswordHasher.verify", lambda _self, stored, _given: done.append(stored))
    known = hash_password("correct horse")
    assert not password_matches(None, "anything")
    assert password_matches(replace(ZHANG, password_hash=known), "anything")
    assert [stored.split("$")[1:4] for stored in done] == [known.split("$")[1:4]] * 2


def test_an_endless_password_is_not_hashed() -> None:
    endless = "x" * (MOST_CHARACTERS + 1)
    assert not password_matches(replace(ZHANG, password_hash=hash_password(endless)), endless)


def test_a_pin_has_six_digits() -> None:
    customer = replace(ZHANG, pin_hash=hash_pin("135790"))
    assert pin_matches(customer, "135790")
    assert not pin_matches(customer, "135791")
    assert not pin_matches(customer, "13579")
    assert is_pin("000000")
    for text in ("12345", "1234567", "12345a", "１２３４５６", "123456\n", ""):
        assert not is_pin(text)
        with pytest.raises(ValueError, match="six digits"):
            hash_pin(text)


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "*三"), ("王小明", "**明"), ("李", "*"), (" 张三 ", "*三"), ("", "*")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_a_customer_gets_its_accounts() -> None:
    bank = FakeBank()
    customer = bank.run(create, WANG)
    assert customer == bank.row(Customer, "cus_wang")
    assert (customer.name_masked, customer.status) == ("**明", "active")
    for account_id, currency in (("acc_wang", "CNY"), ("acc_wang2", "USD")):
        account = bank.book.accounts[account_id]
        assert (account.owner_id, account.kind, account.currency) == ("cus_wang", "customer", currency)
        assert (account.floor_minor, account.lock_rank) == (0, 0)


def test_a_login_is_unique() -> None:
    bank = FakeBank()
    bank.run(create, WANG)
    again = bank.run(create, replace(WANG, customer_id="cus_2", accounts=()))
    assert isinstance(again, Refusal)
    assert again.code == "customer_exists"
