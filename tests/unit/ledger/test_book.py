"""The book's rules against a small model, and every way to break one."""

import itertools
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.book import Book
from tongbao_platform.ledger.entry_ids import entry_id
from tongbao_platform.ledger.instructions import LedgerInstruction, OpenHold, Post, PostHold, ReleaseHold
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.ledger.states import MOVES, LedgerRuleBroken, advance

NOW = Instant(1_000)
NAMES = ("bank", "a", "b", "fee")
AMOUNTS = st.integers(min_value=-1, max_value=60)


def account(name: str, **changes: Any) -> Account:
    plain = Account(id=name, owner_id=None, kind="merchant", currency="CNY", lock_rank=1, created_at=Instant(0))
    return replace(plain, **changes)


def book(**floors: int | None) -> Book:
    made = Book()
    for name in NAMES:
        made.accounts[name] = account(name, floor_minor=floors.get(name, 0))
    return made


def post(debit: str, credit: str, amount: int) -> Post:
    return Post(
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=amount,
        type="payment",
        reference_type="test",
        reference_id="t",
    )


def hold(hold_id: str, debit: str, credit: str, amount: int, expires_at: int | None = None) -> OpenHold:
    return OpenHold(
        hold_id=hold_id,
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=amount,
        reference_type="test",
        reference_id="t",
        expires_at=None if expires_at is None else Instant(expires_at),
    )


def apply(target: Book, *instructions: LedgerInstruction, now: Instant = NOW) -> None:
    target.apply(instructions, (f"tra_{n}" for n in itertools.count(len(target.transfers))), now)


class BookMachine(RuleBasedStateMachine):
    """Random instructions; the model is four balances, four reservations and a list of holds."""

    @initialize()
    def start(self) -> None:
        self.book = book(bank=None)
        self.balance = dict.fromkeys(NAMES, 0)
        self.reserved = dict.fromkeys(NAMES, 0)
        self.open: dict[str, list[Any]] = {}

    def can_spend(self, name: str, amount: int) -> bool:
        return name == "bank" or self.balance[name] - self.reserved[name] >= amount

    def attempt(self, allowed: bool, *instructions: LedgerInstruction) -> bool:
        before = (dict(self.book.accounts), dict(self.book.holds), len(self.book.entries))
        if allowed:
            apply(self.book, *instructions)
            return True
        with pytest.raises(LedgerRuleBroken):
            apply(self.book, *instructions)
        assert before == (self.book.accounts, self.book.holds, len(self.book.entries))
        return False

    @rule(debit=st.sampled_from(NAMES), credit=st.sampled_from(NAMES), amount=AMOUNTS)
    def transfer(self, debit: str, credit: str, amount: int) -> None:
        if self.attempt(amount > 0 and debit != credit and self.can_spend(debit, amount), post(debit, credit, amount)):
            self.balance[debit] -= amount
            self.balance[credit] += amount

    @rule(debit=st.sampled_from(NAMES), amount=AMOUNTS, fee=AMOUNTS)
    def payment_with_fee(self, debit: str, amount: int, fee: int) -> None:
        """Two legs, all or none: the fee may use what the first leg has just brought."""
        payee_after = self.balance["b"] - self.reserved["b"] + amount
        allowed = amount > 0 and fee > 0 and debit != "b" and self.can_spend(debit, amount) and payee_after >= fee
        if self.attempt(allowed, post(debit, "b", amount), post("b", "fee", fee)):
            self.balance[debit] -= amount
            self.balance["b"] += amount - fee
            self.balance["fee"] += fee

    @rule(debit=st.sampled_from(("a", "b")), amount=AMOUNTS)
    def authorize(self, debit: str, amount: int) -> None:
        hold_id = f"hol_{len(self.book.holds)}"
        if self.attempt(amount > 0 and self.can_spend(debit, amount), hold(hold_id, debit, "fee", amount)):
            self.reserved[debit] += amount
            self.open[hold_id] = [debit, amount]

    @rule(number=st.integers(0, 5), amount=AMOUNTS, final=st.booleans())
    def capture(self, number: int, amount: int, final: bool) -> None:
        hold_id = f"hol_{number}"
        debit, rest = self.open.get(hold_id, ["", 0])
        wanted = PostHold(hold_id=hold_id, amount_minor=amount, type="payment", final=final)
        if self.attempt(1 <= amount <= rest, wanted):
            self.balance[debit] -= amount
            self.balance["fee"] += amount
            self.reserved[debit] -= rest if final else amount
            self.open[hold_id] = [debit, 0 if final else rest - amount]

    @rule(number=st.integers(0, 5))
    def void(self, number: int) -> None:
        hold_id = f"hol_{number}"
        debit, rest = self.open.get(hold_id, ["", 0])
        if self.attempt(rest > 0, ReleaseHold(hold_id=hold_id)):
            self.reserved[debit] -= rest
            self.open[hold_id] = [debit, 0]

    @invariant()
    def equals_the_model(self) -> None:
        if not hasattr(self, "book"):
            return
        for name, held in self.book.accounts.items():
            assert held.balance_minor == self.balance[name]
            assert held.held_debits == self.reserved[name]
            assert name == "bank" or held.available_minor >= 0
        assert sum(entry.amount_minor for entry in self.book.entries) == 0
        for name in NAMES:
            mine = [entry for entry in self.book.entries if entry.account_id == name]
            assert [entry.seq for entry in mine] == list(range(1, len(mine) + 1))
            assert not mine or mine[-1].balance_after_minor == self.balance[name]


TestBook = BookMachine.TestCase


def test_pending_credits_give_no_spending_power() -> None:
    books = book(bank=None)
    apply(books, hold("h", "bank", "a", 50))
    assert books.accounts["a"].held_credits == 50
    with pytest.raises(LedgerRuleBroken, match="below its floor"):
        apply(books, post("a", "b", 1))


def test_a_frozen_account_neither_gives_nor_takes() -> None:
    for status in ("frozen", "closed"):
        books = book(bank=None)
        books.accounts["a"] = account("a", status=status)
        for instruction in (post("bank", "a", 1), hold("h", "bank", "a", 1)):
            with pytest.raises(LedgerRuleBroken, match=status):
                apply(books, instruction)


def test_two_currencies_do_not_mix() -> None:
    books = book(bank=None)
    books.accounts["a"] = account("a", currency="USD")
    with pytest.raises(LedgerRuleBroken, match="one currency"):
        apply(books, post("bank", "a", 1))


def test_what_was_not_locked_cannot_be_touched() -> None:
    for instruction in (post("bank", "other", 1), ReleaseHold(hold_id="other")):
        with pytest.raises(LedgerRuleBroken, match="not among the keys"):
            apply(book(bank=None), instruction)


def test_a_hold_expires_only_when_its_time_has_come() -> None:
    books = book(bank=None)
    apply(books, hold("h", "bank", "a", 5, expires_at=2_000), hold("never", "bank", "a", 5))
    for hold_id in ("h", "never"):
        with pytest.raises(LedgerRuleBroken, match="has not expired"):
            apply(books, ReleaseHold(hold_id=hold_id, expired=True), now=Instant(1_999))
    apply(books, ReleaseHold(hold_id="h", expired=True), now=Instant(2_000))
    assert books.holds["h"].status == "expired"
    assert books.accounts["bank"].held_debits == 5


@pytest.mark.parametrize(("current", "target"), list(itertools.product(MOVES, repeat=2)))
def test_only_an_open_hold_moves(current: Any, target: Any) -> None:
    if current == "open":
        assert advance(current, target) == target
    else:
        with pytest.raises(LedgerRuleBroken):
            advance(current, target)


def test_transfers_of_one_operation_form_one_group() -> None:
    books = book(bank=None)
    apply(books, post("bank", "a", 5), post("a", "fee", 1))
    assert {transfer.group_id for transfer in books.transfers} == {"tra_0"}
    apply(books, post("bank", "a", 5))
    assert books.transfers[-1].group_id == books.transfers[-1].id


def test_the_two_entries_of_a_transfer_have_ids_of_their_own() -> None:
    transfer_id = "tra_01m80mqhkcfcyte65gaabxj01e"
    debit, credit = entry_id(transfer_id, is_credit=False), entry_id(transfer_id, is_credit=True)
    assert debit == "txn_01m80mqhkcfcyte65gaabxj01e"
    assert credit == "txn_01m80mqhkcfcyte65gaabxj01f"


def test_a_hold_knows_what_remains() -> None:
    value = Hold(
        id="h",
        debit_account_id="a",
        credit_account_id="b",
        amount_minor=10,
        currency="CNY",
        reference_type="t",
        reference_id="t",
        expires_at=None,
        created_at=NOW,
        posted_minor=3,
        released_minor=2,
    )
    assert value.remaining_minor == 5
