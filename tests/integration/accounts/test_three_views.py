"""After a random story the merchant's, the customer's and the bank's view of the book agree, on both databases."""

from collections import defaultdict
from itertools import groupby

import pytest

from tests.factories.book_story import BANKS, OWNED, Story
from tests.factories.stored_bank import StoredBank, stored_bank
from tongbao_platform.domain.accounts import roll_up
from tongbao_platform.domain.accounts.balance_at import balance_at
from tongbao_platform.domain.accounts.daily_balances import daily_balances_of
from tongbao_platform.domain.accounts.filters import DayFilter, TransactionFilter
from tongbao_platform.domain.accounts.get import get, get_balance, get_ledger_account
from tongbao_platform.domain.accounts.model import Transaction
from tongbao_platform.domain.accounts.transactions import transactions_of
from tongbao_platform.domain.accounts.trial_balance import trial_balance
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.kernel.clock import DAY_MS, Instant, business_date
from tongbao_platform.ledger.model import Account

STEPS = 120


async def statement(bank: StoredBank, owner_id: str | None, account_id: str) -> list[Transaction]:
    """Read the whole statement page by page, oldest first."""
    listing = await transactions_of(bank.reader, owner_id, account_id)
    assert listing is not None
    rows: list[Transaction] = []
    while page := await listing.page(TransactionFilter(), rows[-1].seq if rows else None, 7):
        rows += page
    return rows[::-1]


async def all_rolled_up(bank: StoredBank) -> None:
    """Close every date of the story and roll it up, a few accounts at a time."""
    now = bank.clock.advance(3 * DAY_MS)
    after: str | None = ""
    while after is not None:
        async with bank.running.reader.snapshot() as reader:
            due = await roll_up.due(reader, now, after, limit=2)
        assert due.broken == ()
        for command in due.commands:
            await bank.run(roll_up, command)
        after = due.after


async def check_statement(bank: StoredBank, owner_id: str | None, account_id: str) -> None:
    """The statement, the balance at each moment and the days are one and the same."""
    rows = await statement(bank, owner_id, account_id)
    balance = 0
    for seq, row in enumerate(rows, start=1):
        balance += row.amount_minor
        assert (row.seq, row.balance_after_minor) == (seq, balance)
    now = await get_balance(bank.reader, owner_id, account_id)
    assert now is not None
    assert now.posted_minor == balance
    days = await daily_balances_of(bank.reader, owner_id, account_id)
    assert days is not None
    shown = (await days.page(DayFilter(), None, 200))[::-1]
    opening = 0
    by_date = [(date, list(found)) for date, found in groupby(rows, lambda row: business_date(row.occurred_at))]
    assert [day.business_date for day in shown] == [date for date, _ in by_date]
    for day, (_, found) in zip(shown, by_date, strict=True):
        amounts = [row.amount_minor for row in found]
        assert (day.opening_minor, day.closing_minor) == (opening, opening + sum(amounts))
        assert day.credits_minor == sum(amount for amount in amounts if amount > 0)
        assert day.debits_minor == -sum(amount for amount in amounts if amount < 0)
        assert (day.entries, day.first_seq, day.last_seq) == (len(found), found[0].seq, found[-1].seq)
        opening = day.closing_minor
    for row in rows[:: max(1, len(rows) // 8)]:
        for moment in (row.occurred_at - 1, row.occurred_at):
            then = await balance_at(bank.reader, owner_id, account_id, Instant(moment))
            assert then is not None
            assert then.posted_minor == sum(each.amount_minor for each in rows if each.occurred_at <= moment)
            assert then.available_minor == then.posted_minor - then.held_minor


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_view_adds_up(database_url: str, seed: int) -> None:
    async with stored_bank(database_url) as bank:
        story = Story(bank, seed)
        await story.open()
        await story.tell(STEPS)
        await story.end()
        await all_rolled_up(bank)
        accounts: list[Account] = []
        for account_id in (*OWNED, *BANKS):
            await check_statement(bank, OWNED.get(account_id), account_id)
            account = await get_ledger_account(bank.reader, account_id)
            assert account is not None
            accounts.append(account)
        await check_bank(bank, accounts)
        for account in accounts[: len(OWNED)]:
            seen = await get(bank.reader, account.owner_id, account.id)
            assert seen is not None
            assert seen.revision == account.seq + account.status_changes + 1
        async with bank.running.reader.snapshot() as reader:
            report = await verify(reader)
        assert report.is_clean, report.findings


async def check_bank(bank: StoredBank, accounts: list[Account]) -> None:
    """The trial balance is the sum of what the owners see, and zero in each currency."""
    balance = await trial_balance(bank.reader)
    assert balance.is_balanced
    assert set(balance.sums()) == {"CNY", "USD"}
    assert not any(balance.sums().values())
    expected: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for each in accounts:
        numbers = (1, each.posted_debits, each.posted_credits, each.held_debits, each.held_credits)
        sums = expected[each.currency, each.kind]
        expected[each.currency, each.kind] = [a + b for a, b in zip(sums, numbers, strict=True)]
    told = {
        (line.currency, line.kind): [
            line.accounts,
            line.debits_minor,
            line.credits_minor,
            line.held_debits_minor,
            line.held_credits_minor,
        ]
        for line in balance.lines
    }
    assert told == expected
