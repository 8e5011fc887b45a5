"""A bank without a database: runs operations by the committer's rules on values in memory."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, Lookup, Operation
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.book import Book
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.outbox.event import NewEvent

T = TypeVar("T")
START = Instant(1_795_000_000_000)


class FakeRows:
    """The ``Rows`` of one operation; asking for what its keys did not name fails the test."""

    def __init__(self, bank: "FakeBank", keys: Keys, natural: dict[Claim, str]) -> None:
        self._bank = bank
        self._rows = {*keys.rows, *((claim.model, ref) for claim, ref in natural.items())}
        self._accounts = set(keys.accounts)
        self._natural = natural

    def get(self, model: type[T], row_id: str) -> T | None:
        assert (model, row_id) in self._rows, f"{model.__name__} {row_id} is not among the keys"
        row: T | None = self._bank.rows.get((model, row_id))
        return row

    def account(self, account_id: str) -> Account | None:
        return self._bank.book.accounts.get(account_id) if account_id in self._accounts else None

    def hold(self, hold_id: str) -> Hold | None:
        return self._bank.book.holds.get(hold_id)

    def taken(self, claim: Claim) -> str | None:
        return self._natural.get(claim)


class FakeBank:
    """Rows, claims and the book; ``now`` moves only when a test moves it. ``events`` are all told so far."""

    def __init__(self, rows: Iterable[Any] = (), now: Instant = START) -> None:
        self.now = now
        self.rows: dict[tuple[type[Any], str], Any] = {}
        self.claims: dict[tuple[str, str, str], str] = {}
        self.book = Book()
        self.events: list[NewEvent] = []
        self._transfer_ids: Iterator[str] = (f"tra_{number:026d}" for number in count(0, 2))
        for row in rows:
            self._insert(row)

    def run(self, operation: Operation[Any], command: Any) -> Any:
        """Run an operation; return its result, or the ``Refusal``."""
        changes = self.decide(operation, command)
        if isinstance(changes, Refusal):
            return changes
        self.apply(operation, command, changes)
        return changes.result

    def decide(self, operation: Operation[Any], command: Any) -> Changes | Refusal:
        """Decide without applying."""
        lookups: tuple[Lookup, ...] = operation.search(command) if hasattr(operation, "search") else ()
        found = Found({lookup: tuple(self._matches(lookup)) for lookup in lookups})
        natural = {
            claim: self.claims[_key(claim)] for claim in _claims(operation, command) if _key(claim) in self.claims
        }
        return operation.decide(FakeRows(self, operation.keys(command, found), natural), command, self.now)

    def apply(self, operation: Operation[Any], command: Any, changes: Changes) -> None:
        """Apply what was decided."""
        for row in changes.insert:
            self._insert(row)
        self.book.apply(changes.ledger, self._transfer_ids, self.now)
        for row in changes.update:
            assert row.id in self.book.accounts if isinstance(row, Account) else (type(row), row.id) in self.rows
            self.put(row)
        for row in changes.delete:
            del self.rows[type(row), row.id]
        for claim in _claims(operation, command):
            if claim.model is None or (claim.model, claim.ref) in self.rows:
                self.claims.setdefault(_key(claim), claim.ref or "")
        self.events.extend(changes.events)

    def balance(self, account_id: str) -> int:
        """Return an account's balance."""
        return self.book.accounts[account_id].balance_minor

    def put(self, row: Any) -> None:
        """Replace a row or an account, past every rule."""
        if isinstance(row, Account):
            self.book.accounts[row.id] = row
        else:
            self.rows[type(row), row.id] = row

    def row(self, model: type[T], row_id: str) -> T:
        """Return a row that must exist."""
        row: T = self.rows[model, row_id]
        return row

    def _insert(self, row: Any) -> None:
        if isinstance(row, Account):
            assert row.id not in self.book.accounts
            self.book.accounts[row.id] = row
        else:
            assert (type(row), row.id) not in self.rows
            self.rows[type(row), row.id] = row

    def _matches(self, lookup: Lookup) -> Iterator[Any]:
        for (model, _), row in self.rows.items():
            if model is lookup.model and tuple(getattr(row, column) for column in lookup.columns) == lookup.values:
                yield row


def _claims(operation: Operation[Any], command: Any) -> tuple[Claim, ...]:
    claims: tuple[Claim, ...] = operation.claims(command) if hasattr(operation, "claims") else ()
    return claims


def _key(claim: Claim) -> tuple[str, str, str]:
    return claim.kind, claim.scope, claim.value
