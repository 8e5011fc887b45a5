"""The rows of one batch: what was loaded, and what the operations decided so far have changed."""

from collections.abc import Iterator
from typing import Any, TypeVar

from tongbao_platform.execution.operation import Changes, Claim, Lookup
from tongbao_platform.execution.registry import Registry
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.ledger.book import Book
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.storage.session import Key

T = TypeVar("T")


class Overlay:
    """Loaded rows under the changes made in this batch.

    ``unwritten``, ``updated`` and ``deleted`` must be written; ``inserted`` remembers every new row, written or not.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.book = Book()
        self.new_accounts: set[str] = set()
        self.rows: dict[type[Any], dict[str, Any]] = {}
        self.inserted: dict[type[Any], dict[str, Any]] = {}
        self.unwritten: dict[type[Any], dict[str, Any]] = {}
        self.updated: dict[type[Any], dict[str, Any]] = {}
        self.deleted: dict[type[Any], dict[str, Any]] = {}

    def add_loaded(self, model: type[Any], loaded: list[Any]) -> None:
        """Take rows as the database has them."""
        if model is Hold:
            self.book.holds.update((hold.id, hold) for hold in loaded)
        elif model is Account:
            self.book.accounts.update((account.id, account) for account in loaded)
        else:
            self.rows.setdefault(model, {}).update((row.id, row) for row in loaded)

    def get(self, model: type[Any], row_id: str) -> Any:
        """Return the row as the batch sees it now, or ``None``."""
        if model is Account:
            return self.book.accounts.get(row_id)
        if model is Hold:
            return self.book.holds.get(row_id)
        return self.rows.get(model, {}).get(row_id)

    def finds_new(self, lookup: Lookup) -> bool:
        """Tell whether a row inserted in this batch answers ``lookup``: its finder must come again with its keys."""
        inserted = self.inserted.get(lookup.model)
        if not inserted:
            return False
        if lookup.columns == ("id",):
            return lookup.values[0] in inserted
        return any(
            tuple(getattr(row, column) for column in lookup.columns) == lookup.values for row in inserted.values()
        )

    def apply(self, changes: Changes, transfer_ids: Iterator[str], now: Instant) -> None:
        """Take an operation's changes; when they are refused (``PlatformFault``) nothing of them stays."""
        self._check_names(changes)
        opened = [row for row in changes.insert if type(row) is Account]
        frozen = [row for row in changes.update if type(row) is Account]
        before = [self.book.accounts[account.id] for account in frozen]
        self.book.accounts.update((account.id, account) for account in (*opened, *frozen))
        try:
            if changes.ledger:
                self.book.apply(changes.ledger, transfer_ids, now)
        except BaseException:
            for account in opened:
                del self.book.accounts[account.id]
            self.book.accounts.update((account.id, account) for account in before)
            raise
        self.new_accounts.update(account.id for account in opened)
        self.book.changed_accounts.update(account.id for account in frozen)
        for row in changes.insert:
            self._insert(row)
        for row in changes.update:
            self._update(row)
        for row in changes.delete:
            self._delete(row)

    def _check_names(self, changes: Changes) -> None:
        """An insert must be new, also to this batch; only what was loaded, and so locked, may change or go."""
        new: set[tuple[type[Any], str]] = set()
        for row in changes.insert:
            name = (type(row), row.id)
            if name in new or self.get(*name) is not None:
                raise PlatformFault(f"{name[0].__name__} {row.id} exists already")
            new.add(name)
        for row in (*changes.update, *changes.delete):
            if self.get(type(row), row.id) is None:
                raise PlatformFault(f"{type(row).__name__} {row.id} was not among the keys")

    def take_unwritten(self) -> dict[type[Any], dict[str, Any]]:
        """Hand over the new rows for writing; a later change of one is an update."""
        unwritten, self.unwritten = self.unwritten, {}
        return unwritten

    def _insert(self, row: Any) -> None:
        model = type(row)
        if model is Account:
            return
        self.rows.setdefault(model, {})[row.id] = row
        self.inserted.setdefault(model, {})[row.id] = row
        self.unwritten.setdefault(model, {})[row.id] = row

    def _update(self, row: Any) -> None:
        model = type(row)
        if model is Account:
            return
        self.rows.setdefault(model, {})[row.id] = row
        if (fresh := self.inserted.get(model)) is not None and row.id in fresh:
            fresh[row.id] = row
        if (waiting := self.unwritten.get(model)) is not None and row.id in waiting:
            waiting[row.id] = row
        else:
            self.updated.setdefault(model, {})[row.id] = row

    def _delete(self, row: Any) -> None:
        model = type(row)
        self.rows.setdefault(model, {}).pop(row.id, None)
        self.updated.get(model, {}).pop(row.id, None)
        self.inserted.get(model, {}).pop(row.id, None)
        if self.unwritten.get(model, {}).pop(row.id, None) is None:
            self.deleted.setdefault(model, {})[row.id] = row


class View:
    """What one operation may see of the overlay: its own tenant's rows (``operation.Rows``)."""

    def __init__(self, overlay: Overlay, tenant: str | None, taken: dict[Key, str | None]) -> None:
        self._overlay = overlay
        self._tenant = tenant
        self._taken = taken

    def get(self, model: type[T], row_id: str) -> T | None:
        """Return a row; another tenant's is as unknown as one that does not exist."""
        row: T | None = self._overlay.get(model, row_id)
        if row is None or self._tenant is None:
            return row
        return row if self._overlay.registry.of(model).visible_to(row, self._tenant) else None

    def account(self, account_id: str) -> Account | None:
        """Return a ledger account, whoever owns it."""
        return self._overlay.book.accounts.get(account_id)

    def hold(self, hold_id: str) -> Hold | None:
        """Return a hold."""
        return self._overlay.book.holds.get(hold_id)

    def taken(self, claim: Claim) -> str | None:
        """Return who holds ``claim``."""
        return self._taken.get((claim.kind, claim.scope, claim.value))
