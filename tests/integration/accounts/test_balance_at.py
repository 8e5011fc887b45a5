"""What an account had posted, held and available at past moments, on both databases."""

from tests.factories import book_moves
from tests.factories.book_moves import MoveMoney, hold, post
from tests.factories.rows import START
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts.balance_at import balance_at
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.instructions import PostHold, ReleaseHold

PAIR = ("acc_shop", "acc_buyer")


async def then(bank: StoredBank, after_ms: int) -> tuple[int, int, int]:
    """Return posted, held and available of the shop at ``START`` + ``after_ms``."""
    balance = await balance_at(bank.reader, "mch_shop", "acc_shop", Instant(START + after_ms))
    assert balance is not None
    assert balance.as_of == START + after_ms
    return balance.posted_minor - FUNDS_MINOR, balance.held_minor, balance.available_minor - FUNDS_MINOR


async def test_holds_are_told_as_they_stood(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        bank.clock.advance(10)
        await bank.run(book_moves, MoveMoney((hold("hld_1", *PAIR, 50), hold("hld_2", *PAIR, 7))))
        bank.clock.advance(10)
        part = PostHold(hold_id="hld_1", amount_minor=20, type="test", final=False)
        await bank.run(book_moves, MoveMoney((part,), PAIR))
        bank.clock.advance(10)
        last = PostHold(hold_id="hld_1", amount_minor=5, type="test", final=True)
        await bank.run(book_moves, MoveMoney((last,), PAIR))
        bank.clock.advance(10)
        await bank.run(book_moves, MoveMoney((ReleaseHold(hold_id="hld_2"), post("acc_buyer", "acc_shop", 3)), PAIR))
        for moment, expected in (
            (9, (0, 0, 0)),
            (10, (0, 57, -57)),
            (19, (0, 57, -57)),
            (20, (-20, 37, -57)),
            (29, (-20, 37, -57)),
            (30, (-25, 7, -32)),
            (39, (-25, 7, -32)),
            (40, (-22, 0, -22)),
            (999_999, (-22, 0, -22)),
        ):
            assert await then(bank, moment) == expected, moment
        other = await balance_at(bank.reader, "mch_buyer", "acc_buyer", Instant(START + 10))
        assert other is not None
        assert other.held_minor == 0


async def test_before_the_first_entry_there_was_nothing(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        nothing = await balance_at(bank.reader, "mch_shop", "acc_shop", Instant(START - 1))
        assert nothing is not None
        assert (nothing.posted_minor, nothing.held_minor, nothing.available_minor) == (0, 0, 0)


async def test_entries_of_one_moment_count_together(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        bank.clock.advance(5)
        await bank.run(book_moves, MoveMoney(tuple(post("acc_buyer", "acc_shop", amount) for amount in (1, 2, 4))))
        assert [(await then(bank, moment))[0] for moment in (4, 5, 6)] == [0, 7, 7]


async def test_a_stranger_learns_nothing(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        for account_id in ("acc_buyer", "acc_bank", "acc_unknown"):
            assert await balance_at(bank.reader, "mch_shop", account_id, START) is None
