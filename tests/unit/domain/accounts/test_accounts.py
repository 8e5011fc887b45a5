"""Accounts as resources; opening and funding them."""

from msgspec.structs import replace

from tests.factories.accounts import account
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.model import balance_of, view_of
from tongbao_platform.domain.accounts.open import OpenAccount, OpenedAccount
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

BANK = OpenAccount(account_id="acc_bank", owner_id=None, kind="bank_settlement", currency="CNY")
ARRIVAL = Deposit(account_id="acc_shop", from_account_id="acc_bank", amount_minor=500, reference_id="salary")


def funded() -> FakeBank:
    bank = FakeBank([account("acc_shop", "mch_shop", "merchant"), account("acc_zhang", "cus_zhang", "customer")])
    bank.run(open_account, BANK)
    return bank


def test_available_is_posted_less_held() -> None:
    held = account("acc_1", "mch_1", "merchant", balance_minor=100, held_debits=30, last_entry_at=Instant(START + 9))
    balance = balance_of(held)
    assert (balance.posted_minor, balance.held_minor, balance.available_minor) == (100, 30, 70)
    assert (balance.account_id, balance.currency, balance.as_of) == ("acc_1", "CNY", START + 9)
    assert balance_of(account("acc_1", "mch_1", "merchant")).as_of == START


def test_an_accounts_revision_counts_its_entries() -> None:
    assert view_of(account("acc_1", "mch_1", "merchant")).revision == 1
    assert view_of(account("acc_1", "mch_1", "merchant", seq=7)).revision == 8


def test_opening_twice_opens_once() -> None:
    bank = FakeBank()
    first = bank.run(open_account, BANK)
    assert first == OpenedAccount(account=view_of(bank.book.accounts["acc_bank"]), existing=False)
    assert bank.run(open_account, BANK) == replace(first, existing=True)
    assert bank.book.accounts["acc_bank"].floor_minor is None


def test_a_deposit_comes_from_the_banks_own_account() -> None:
    bank = funded()
    assert bank.run(deposit, ARRIVAL) is None
    assert (bank.balance("acc_shop"), bank.balance("acc_bank")) == (500, -500)
    assert [(event.subject_id, event.revision) for event in bank.events] == [("acc_shop", 2)]
    assert bank.run(deposit, replace(ARRIVAL, account_id="acc_zhang")) is None
    assert len(bank.events) == 1


def test_a_deposit_needs_open_accounts_of_one_currency() -> None:
    bank = funded()
    bank.put(replace(bank.book.accounts["acc_zhang"], status="frozen"))
    for changes in ({"account_id": "acc_zhang"}, {"account_id": "acc_none"}, {"from_account_id": "acc_shop"}):
        refusal = bank.run(deposit, replace(ARRIVAL, **changes))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_found"
    bank.put(replace(bank.book.accounts["acc_shop"], currency="USD"))
    refusal = bank.run(deposit, ARRIVAL)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "currency_mismatch"
