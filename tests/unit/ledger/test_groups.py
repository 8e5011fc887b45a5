"""Linked groups and balancing transfers: all legs or none, zero per currency, and never more than there is."""

import itertools
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.book import Book
from tongbao_platform.ledger.instructions import LedgerInstruction, OpenHold, Post, PostAtMost, PostHold, ReleaseHold
from tongbao_platform.ledger.model import Account
from tongbao_platform.ledger.rules import spare
from tongbao_platform.ledger.states import LedgerRuleBroken

NOW: Final = Instant(1_000)
NAMES: Final = ("yuan_bank", "yuan_a", "yuan_b", "dollar_bank", "dollar_a")
LEGS: Final = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 40), st.booleans()), min_size=1, max_size=5
)


def book(**balances: int) -> Book:
    made = Book()
    for name in NAMES:
        made.accounts[name] = Account(
            id=name,
            owner_id=None,
            kind="merchant",
            currency="CNY" if name.startswith("yuan") else "USD",
            lock_rank=1,
            created_at=Instant(0),
            floor_minor=None if name.endswith("bank") else 0,
            posted_credits=balances.get(name, 0),
        )
    return made


def leg(debit: str, credit: str, amount: int, *, balancing: bool = False, keep: int = 0) -> Post | PostAtMost:
    texts: dict[str, str] = {"type": "test", "reference_type": "test", "reference_id": "t"}
    if balancing:
        return PostAtMost(
            debit_account_id=debit, credit_account_id=credit, at_most_minor=amount, keep_minor=keep, **texts
        )
    return Post(debit_account_id=debit, credit_account_id=credit, amount_minor=amount, **texts)


def apply(target: Book, *instructions: LedgerInstruction) -> None:
    target.apply(instructions, (f"tra_{number}" for number in itertools.count(len(target.transfers))), NOW)


@given(legs=LEGS, start=st.integers(0, 60))
def test_a_group_happens_whole_or_not_at_all(legs: list[tuple[str, str, int, bool]], start: int) -> None:
    books = book(yuan_a=start, dollar_a=start)
    before = dict(books.accounts)
    try:
        apply(books, *(leg(debit, credit, amount, balancing=most) for debit, credit, amount, most in legs))
    except LedgerRuleBroken:
        assert (books.accounts, books.transfers, books.entries, books.changed_accounts) == (before, [], [], set())
        return
    assert len({transfer.group_id for transfer in books.transfers}) <= 1
    for currency in ("CNY", "USD"):
        mine = [entry for entry in books.entries if books.accounts[entry.account_id].currency == currency]
        assert sum(entry.amount_minor for entry in mine) == 0
        accounts = [account for account in books.accounts.values() if account.currency == currency]
        assert sum(account.balance_minor for account in accounts) == start
    for account in books.accounts.values():
        assert account.floor_minor is None or account.available_minor >= account.floor_minor


@given(
    balance=st.integers(0, 100),
    held=st.integers(0, 100),
    most=st.integers(1, 150),
    keep=st.integers(0, 50),
    floor=st.sampled_from((None, -20, 0, 30)),
)
def test_a_balancing_transfer_moves_what_can_be_spared(
    balance: int, held: int, most: int, keep: int, floor: int | None
) -> None:
    books = book(yuan_a=balance)
    account = replace(books.accounts["yuan_a"], held_debits=held, floor_minor=floor)
    books.accounts["yuan_a"] = account
    told = spare(account, most, keep)
    apply(books, leg("yuan_a", "yuan_b", most, balancing=True, keep=keep))
    moved = books.accounts["yuan_b"].balance_minor
    kept = keep if floor is None else max(floor, keep)
    assert moved == told == max(0, min(most, balance - held - kept))
    assert len(books.transfers) == (1 if moved else 0)


def test_a_balancing_transfer_sees_the_legs_before_it() -> None:
    books = book()
    apply(
        books,
        leg("yuan_bank", "yuan_a", 50),
        leg("yuan_a", "yuan_b", 20),
        leg("yuan_a", "yuan_bank", 1_000, balancing=True),
        leg("yuan_b", "yuan_bank", 5, balancing=True),
    )
    assert [transfer.amount_minor for transfer in books.transfers] == [50, 20, 30, 5]
    assert len({transfer.group_id for transfer in books.transfers}) == 1


@pytest.mark.parametrize("amount", [0, -1])
def test_at_most_nothing_is_refused(amount: int) -> None:
    with pytest.raises(LedgerRuleBroken, match="at least one minor unit"):
        apply(book(yuan_a=5), leg("yuan_a", "yuan_b", amount, balancing=True))


@pytest.mark.parametrize(("credit", "why"), [("dollar_a", "one currency"), ("yuan_a", "two accounts")])
def test_a_balancing_transfer_keeps_the_rules_of_every_transfer(credit: str, why: str) -> None:
    with pytest.raises(LedgerRuleBroken, match=why):
        apply(book(yuan_a=5), leg("yuan_a", credit, 3, balancing=True))
    frozen = book(yuan_a=5)
    frozen.accounts["yuan_b"] = replace(frozen.accounts["yuan_b"], status="frozen")
    with pytest.raises(LedgerRuleBroken, match="frozen"):
        apply(frozen, leg("yuan_a", "yuan_b", 3, balancing=True))


def opened() -> Book:
    books = book(yuan_a=10)
    wanted: dict[str, Any] = {"reference_type": "test", "reference_id": "t", "expires_at": NOW}
    apply(
        books, OpenHold(hold_id="h", debit_account_id="yuan_a", credit_account_id="yuan_b", amount_minor=10, **wanted)
    )
    return books


@pytest.mark.parametrize(
    "last",
    [
        ReleaseHold(hold_id="h"),
        ReleaseHold(hold_id="h", expired=True),
        PostHold(hold_id="h", amount_minor=7, type="test", final=False),
        PostHold(hold_id="h", amount_minor=1, type="test", final=True),
    ],
)
def test_a_hold_knows_when_nothing_of_it_was_left(last: LedgerInstruction) -> None:
    books = opened()
    seen = [books.holds["h"].resolved_at]
    for instruction in (PostHold(hold_id="h", amount_minor=3, type="test", final=False), last):
        apply(books, instruction)
        seen.append(books.holds["h"].resolved_at)
    assert seen == [None, None, NOW]
    assert books.accounts["yuan_a"].held_debits == 0


def test_entries_do_not_forget_how_often_a_status_changed() -> None:
    books = book(yuan_a=10)
    books.accounts["yuan_a"] = replace(books.accounts["yuan_a"], status_changes=3)
    apply(books, leg("yuan_a", "yuan_b", 1))
    assert books.accounts["yuan_a"].status_changes == 3
