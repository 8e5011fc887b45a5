"""Rolling closed dates up: when a date is closed, late entries, catching up, two workers, and what is broken."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.factories import book_moves
from tests.factories.book_moves import MoveMoney, post
from tests.factories.rows import START
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts import roll_up
from tongbao_platform.domain.accounts.daily_balances import daily_balances_of
from tongbao_platform.domain.accounts.filters import DayFilter
from tongbao_platform.domain.accounts.model import AccountDay
from tongbao_platform.domain.accounts.roll_up import GRACE_MS, RECHECK_MS, RollUpAccount, closed_until, look_again_at
from tongbao_platform.kernel.clock import DAY_MS, HOUR_MS, Instant, business_date, business_day_start

EVERYTHING = DayFilter()


async def give(bank: StoredBank, amount_minor: int) -> None:
    await bank.run(book_moves, MoveMoney((post("acc_buyer", "acc_shop", amount_minor),)))


async def roll(bank: StoredBank) -> int:
    """Roll up what is due; return how many dates were written."""
    async with bank.running.reader.snapshot() as reader:
        due = await roll_up.due(reader, bank.clock.now(), "")
    assert (due.broken, due.after) == ((), None)
    return sum([await bank.run(roll_up, command) for command in due.commands])


async def shop_days(bank: StoredBank, wanted: DayFilter = EVERYTHING) -> list[AccountDay]:
    days = await daily_balances_of(bank.reader, "mch_shop", "acc_shop")
    assert days is not None
    return await days.page(wanted, None, 10)


def to_midnight(bank: StoredBank, after_ms: int = 0) -> None:
    """Move to the next midnight in Shanghai and on."""
    now = bank.clock.now()
    bank.clock.advance(business_day_start(now) + DAY_MS - now + after_ms)


async def test_a_date_closes_ten_minutes_after_midnight(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        date = business_date(bank.clock.now())
        await give(bank, 5)
        to_midnight(bank, GRACE_MS - 1)
        assert await roll(bank) == 0
        bank.clock.advance(1)
        # The buyer, the shop, the customer and the bank's settlement account.
        assert await roll(bank) == 4
        (day,) = await shop_days(bank)
        assert day == AccountDay(
            id=f"acc_shop:{date}",
            account_id="acc_shop",
            business_date=date,
            opening_minor=0,
            debits_minor=0,
            credits_minor=FUNDS_MINOR + 5,
            closing_minor=FUNDS_MINOR + 5,
            entries=2,
            first_seq=1,
            last_seq=2,
        )
        assert await roll(bank) == 0


async def test_the_present_date_is_left_out(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        to_midnight(bank)
        await give(bank, 7)
        to_midnight(bank, GRACE_MS)
        await give(bank, 9)
        await roll(bank)
        assert [(day.opening_minor, day.closing_minor) for day in await shop_days(bank)] == [
            (FUNDS_MINOR, FUNDS_MINOR + 7),
            (0, FUNDS_MINOR),
        ]


async def test_an_entry_that_came_late_extends_its_date(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        bank.clock.advance(1)
        await give(bank, 5)
        noon = bank.clock.now()
        async with bank.running.reader.snapshot() as reader:
            early = await roll_up.due(reader, Instant(noon + DAY_MS + HOUR_MS), "")
        # Committed after the roll-up has looked, with a time of the date that it closed.
        await give(bank, 30)
        await bank.run(book_moves, MoveMoney((post("acc_shop", "acc_buyer", 1),)))
        for command in early.commands:
            await bank.run(roll_up, command)
        assert [day.last_seq for day in await shop_days(bank)] == [2]
        to_midnight(bank, GRACE_MS)
        assert await roll(bank) == 2
        (day,) = await shop_days(bank)
        assert (day.first_seq, day.last_seq, day.entries) == (1, 4, 4)
        assert (day.opening_minor, day.credits_minor, day.debits_minor) == (0, FUNDS_MINOR + 35, 1)
        # The first look, written again by a slow worker, takes nothing back.
        for command in early.commands:
            assert await bank.run(roll_up, command) == 0
        assert await shop_days(bank) == [day]


async def test_it_catches_up_over_many_dates(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        for amount in (1, 2, 4):
            to_midnight(bank, 3 * DAY_MS)
            await give(bank, amount)
        to_midnight(bank, GRACE_MS)
        assert await roll(bank) == 1 + 4 + 4 + 1
        days = await shop_days(bank)
        assert [day.closing_minor - day.opening_minor for day in days] == [4, 2, 1, FUNDS_MINOR]
        assert [day.opening_minor for day in days[:-1]] == [day.closing_minor for day in days[1:]]
        assert await shop_days(bank, DayFilter(date_from=days[1].business_date)) == days[:2]
        assert await shop_days(bank, DayFilter(date_to=days[2].business_date)) == days[2:]


async def test_two_workers_write_each_date_once(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await give(bank, 5)
        to_midnight(bank, GRACE_MS)
        written = await asyncio.gather(roll(bank), roll(bank))
        assert sum(written) == 4
        assert len(await shop_days(bank)) == 1


async def test_accounts_are_looked_through_page_by_page(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        to_midnight(bank, GRACE_MS)
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            async with bank.running.reader.snapshot() as reader:
                due = await roll_up.due(reader, bank.clock.now(), after, limit=2)
            seen += [command.days[0].account_id for command in due.commands]
            after = due.after
        assert seen == ["acc_bank", "acc_buyer", "acc_shop", "acc_zhang"]


async def test_what_does_not_follow_is_named_and_stops_nobody_else(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        to_midnight(bank, GRACE_MS)
        async with bank.running.reader.snapshot() as reader:
            due = await roll_up.due(reader, bank.clock.now(), "")
        (shop,) = [command.days[0] for command in due.commands if command.days[0].account_id == "acc_shop"]
        late = replace(shop, id="acc_shop:2999-01-01", business_date="2999-01-01")
        await bank.run(roll_up, RollUpAccount((late,)))
        await give(bank, 1)
        to_midnight(bank, GRACE_MS)
        async with bank.running.reader.snapshot() as reader:
            due = await roll_up.due(reader, bank.clock.now(), "")
        assert due.broken == ("acc_shop",)
        assert "acc_buyer" in {command.days[0].account_id for command in due.commands}


@given(st.integers(0, 10**13))
def test_every_moment_has_one_point_at_which_to_look(now: int) -> None:
    closed = closed_until(Instant(now + GRACE_MS))
    assert closed <= now < closed + DAY_MS
    point = look_again_at(Instant(now))
    assert point <= now < point + DAY_MS
    assert point - business_day_start(point) in (GRACE_MS, GRACE_MS + RECHECK_MS)
    assert look_again_at(point) == point


@pytest.mark.parametrize(
    ("after_midnight_ms", "looked_at_ms"),
    [
        (0, GRACE_MS + RECHECK_MS - DAY_MS),
        (GRACE_MS - 1, GRACE_MS + RECHECK_MS - DAY_MS),
        (GRACE_MS, GRACE_MS),
        (GRACE_MS + RECHECK_MS - 1, GRACE_MS),
        (GRACE_MS + RECHECK_MS, GRACE_MS + RECHECK_MS),
    ],
)
def test_a_date_is_looked_at_when_it_closes_and_once_more(after_midnight_ms: int, looked_at_ms: int) -> None:
    midnight = business_day_start(START)
    assert look_again_at(Instant(midnight + after_midnight_ms)) == midnight + looked_at_ms
