"""The SQLite write session: one connection, one thread, WAL, a full sync at each commit.

Sets travel as one JSON array read by ``json_each``, or by ``executemany``. It never suspends (see ``storage.drive``).
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, TypeVar

from tongbao_platform.kernel.clock import Instant, SystemClock
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Key, Lock, NotCommitted

T = TypeVar("T")

# Somebody else (a backup, a shell) may hold the file's write lock; the second value is for further tries.
BUSY_TIMEOUT_MS = 2_000
SHORT_BUSY_TIMEOUT_MS = 100


def connect_writer(path: str) -> sqlite3.Connection:
    """Open the writing connection of the database file at ``path``.

    ``synchronous=FULL``: in WAL mode anything less can lose an acknowledged commit on power loss.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS:d}")
    connection.execute("PRAGMA journal_size_limit=67108864")
    return connection


class SqliteSession:
    """A ``WriteSession`` on one SQLite connection."""

    waits_elsewhere = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._clock = SystemClock()

    async def begin(self, patience: Lock = Lock.WAIT) -> None:
        """Take the write lock now, not at the first write: a later upgrade could fail."""
        if self._connection.in_transaction:
            raise sqlite3.ProgrammingError("a rollback has failed: this connection is of no use any more")
        wait = BUSY_TIMEOUT_MS if patience is Lock.WAIT else SHORT_BUSY_TIMEOUT_MS
        self._connection.execute(f"PRAGMA busy_timeout={wait:d}")
        self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Commit with a full sync; ``NotCommitted`` when the disk is full: SQLite says so before it has committed."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise NotCommitted from error
            raise

    async def rollback(self) -> None:
        """Undo the transaction, if SQLite has not done so itself."""
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def now(self) -> Instant:
        """Return the system clock: the database runs in this process."""
        return self._clock.now()

    async def insert_new(self, rowset: RowSet[T], rows: Sequence[T]) -> set[Key]:
        """Insert free keys with one statement; ``executemany`` would discard the rows of RETURNING."""
        columns = [rowset.column_values(name, rows) for name in rowset.columns]
        cursor = self._connection.execute(_insert_new(rowset), (json.dumps(list(zip(*columns, strict=True))),))
        return set(cursor.fetchall())

    async def load(self, rowset: RowSet[T], keys: Collection[Key], lock: Lock) -> list[T]:
        """Load by primary key; the one writer holds the database lock already."""
        del lock
        return self._select(_select_where_in(rowset, rowset.key), keys, rowset)

    async def search(self, rowset: RowSet[T], columns: tuple[str, ...], values: Collection[Key]) -> list[T]:
        """Find rows by the values of ``columns``."""
        return self._select(_select_where_in(rowset, columns), values, rowset)

    def _select(self, sql: str, values: Collection[Key], rowset: RowSet[T]) -> list[T]:
        cursor = self._connection.execute(sql, (json.dumps(sorted(values)),))
        return [rowset.from_driver(raw) for raw in cursor]

    async def insert(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Insert ``rows``."""
        self._connection.executemany(_insert(rowset), rowset.records(rows))

    async def update(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Update ``rows`` by key."""
        columns = [rowset.column_values(name, rows) for name in (*rowset.mutable, *rowset.key)]
        self._connection.executemany(_update(rowset), zip(*columns, strict=True))

    async def delete(self, rowset: RowSet[T], keys: Collection[Key]) -> None:
        """Delete by key."""
        self._connection.executemany(_delete(rowset), sorted(keys))

    async def lease(self, rowset: RowSet[T], now: Instant, until: Instant, limit: int) -> list[T]:
        """Take due rows; the single writer makes the statement atomic."""
        cursor = self._connection.execute(_lease(rowset), (until, now, limit))
        return [rowset.from_driver(raw) for raw in cursor.fetchall()]

    async def purge(self, rowset: RowSet[T], before: Instant, limit: int) -> list[Key]:
        """Delete expired rows."""
        return list(self._connection.execute(_purge(rowset), (before, limit)).fetchall())


def _member(index: int) -> str:
    return f"json_extract(value, '$[{index}]')"


@cache
def _insert_new(rowset: RowSet[Any]) -> str:
    names = ", ".join(rowset.columns)
    members = ", ".join(_member(i) for i in range(len(rowset.columns)))
    # "WHERE true" keeps the parser from reading ON CONFLICT as a join condition (sqlite.org/lang_UPSERT.html, 2.2).
    return (
        f"INSERT INTO {rowset.table.name} ({names}) SELECT {members} FROM json_each(?) WHERE true"
        f" ON CONFLICT DO NOTHING RETURNING {', '.join(rowset.key)}"
    )


@cache
def _select_where_in(rowset: RowSet[Any], columns: tuple[str, ...]) -> str:
    names = ", ".join(rowset.columns)
    members = ", ".join(_member(i) for i in range(len(columns)))
    return (
        f"SELECT {names} FROM {rowset.table.name} WHERE ({', '.join(columns)})"
        f" IN (SELECT {members} FROM json_each(?)) ORDER BY {', '.join(rowset.order)}"
    )


@cache
def _insert(rowset: RowSet[Any]) -> str:
    marks = ", ".join("?" * len(rowset.columns))
    return f"INSERT INTO {rowset.table.name} ({', '.join(rowset.columns)}) VALUES ({marks})"


@cache
def _update(rowset: RowSet[Any]) -> str:
    assignments = ", ".join(f"{name} = ?" for name in rowset.mutable)
    return f"UPDATE {rowset.table.name} SET {assignments} WHERE {_key_equals(rowset)}"


@cache
def _delete(rowset: RowSet[Any]) -> str:
    return f"DELETE FROM {rowset.table.name} WHERE {_key_equals(rowset)}"


def _key_equals(rowset: RowSet[Any]) -> str:
    return " AND ".join(f"{name} = ?" for name in rowset.key)


@cache
def _lease(rowset: RowSet[Any]) -> str:
    table = rowset.table.name
    return (
        f"UPDATE {table} SET due_at = ?, lease_token = lease_token + 1 WHERE id IN"
        f" (SELECT id FROM {table} WHERE status = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT ?)"
        f" RETURNING {', '.join(rowset.columns)}"
    )


@cache
def _purge(rowset: RowSet[Any]) -> str:
    table = rowset.table.name
    expired = f"SELECT rowid FROM {table} WHERE expires_at < ? LIMIT ?"
    return f"DELETE FROM {table} WHERE rowid IN ({expired}) RETURNING {', '.join(rowset.key)}"
