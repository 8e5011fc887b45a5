"""An owner's view of the book, on both databases."""

from tests.factories.payments import account_payment
from tests.factories.stored_bank import FUNDS_MINOR, stored_bank
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.filters import AccountFilter, TransactionFilter
from tongbao_platform.domain.accounts.get import get, get_balance
from tongbao_platform.domain.accounts.list import list_accounts, list_with_balances, position_of
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.accounts.transactions import transactions_of
from tongbao_platform.domain.payments import create
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.ids import is_id

ALL = TransactionFilter()


async def test_an_owner_sees_its_own_accounts_only(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        shown = await get(bank.reader, "mch_shop", "acc_shop")
        assert shown is not None
        assert (shown.owner_id, shown.kind, shown.currency, shown.revision) == ("mch_shop", "merchant", "CNY", 2)
        for foreign in ("acc_buyer", "acc_fee", "acc_zhang", "acc_unknown"):
            assert await get(bank.reader, "mch_shop", foreign) is None
            assert await get_balance(bank.reader, "mch_shop", foreign) is None
            assert await transactions_of(bank.reader, "mch_shop", foreign) is None


async def test_accounts_are_listed_newest_first(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        for number, currency in ((1, "USD"), (2, "EUR")):
            bank.clock.advance(1)
            wanted = OpenAccount(account_id=f"acc_{number}", owner_id="mch_shop", kind="merchant", currency=currency)
            await bank.run(open_account, wanted)
        first = await list_accounts(bank.reader, "mch_shop", AccountFilter(), None, 2)
        rest = await list_accounts(bank.reader, "mch_shop", AccountFilter(), position_of(first[-1]), 2)
        assert [account.id for account in first + rest] == ["acc_2", "acc_1", "acc_shop"]
        usd = await list_accounts(bank.reader, "mch_shop", AccountFilter(currency="USD"), None, 9)
        assert [account.id for account in usd] == ["acc_1"]


async def test_a_payer_sees_what_its_accounts_hold(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        ((account, balance),) = await list_with_balances(bank.reader, "cus_zhang", "CNY", 10)
        assert (account.id, balance.available_minor) == ("acc_zhang", FUNDS_MINOR)
        assert await list_with_balances(bank.reader, "cus_zhang", "USD", 10) == []


async def test_transactions_add_up_to_the_balance(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        paid_at = bank.clock.advance(10)
        await bank.run(create, account_payment("1"), by="mch_buyer")
        bank.clock.advance(10)
        await bank.run(create, account_payment("2"), by="mch_buyer")
        transactions = await transactions_of(bank.reader, "mch_shop", "acc_shop")
        assert transactions is not None
        first = await transactions.page(ALL, None, 3)
        rest = await transactions.page(ALL, first[-1].seq, 3)
        assert [(t.seq, t.type, t.amount_minor) for t in first + rest] == [
            (5, "fee", -60),
            (4, "payment", 10_000),
            (3, "fee", -60),
            (2, "payment", 10_000),
            (1, "deposit", FUNDS_MINOR),
        ]
        newest = first[0]
        balance = await get_balance(bank.reader, "mch_shop", "acc_shop")
        assert balance is not None
        assert balance.posted_minor == newest.balance_after_minor == FUNDS_MINOR + 2 * 9_940
        assert (newest.reference_type, newest.reference_id, newest.currency) == ("payment", "pay_2", "CNY")
        assert all(is_id(transaction.id, "txn") for transaction in first + rest)
        fees = await transactions.page(TransactionFilter(type="fee"), None, 9)
        assert [transaction.seq for transaction in fees] == [5, 3]
        early = TransactionFilter(occurred_from=paid_at, occurred_to=Instant(paid_at + 10))
        assert [transaction.seq for transaction in await transactions.page(early, None, 9)] == [3, 2]


async def test_the_two_sides_of_a_transfer_have_two_ids(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(create, account_payment("1"), by="mch_buyer")
        ids = []
        for owner, account_id in (("mch_buyer", "acc_buyer"), ("mch_shop", "acc_shop")):
            transactions = await transactions_of(bank.reader, owner, account_id)
            assert transactions is not None
            ids += [t.id for t in await transactions.page(TransactionFilter(type="payment"), None, 9)]
        paid, received = ids
        assert paid != received
        assert paid[:-1] == received[:-1]
