"""What execution needs of a database: one write session with set-based statements.

The methods are coroutines. The PostgreSQL session awaits its driver; the SQLite session never suspends, so that its
owner may drive a whole transaction on one thread (see ``storage.drive``).
"""

from collections.abc import Collection, Coroutine, Sequence
from enum import Enum
from typing import Any, Protocol, TypeVar

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet

T = TypeVar("T")
Key = tuple[Any, ...]


class Lock(Enum):
    """How a load treats the rows it finds."""

    NONE = "none"
    WAIT = "wait"
    SKIP_LOCKED = "skip_locked"


class NotCommitted(OSError):
    """The commit failed and certainly had no effect: the database is as if it had not been asked."""


class WriteSession(Protocol):
    """One connection that writes; at most one transaction and one statement at a time.

    ``waits_elsewhere``: a statement's work is done by another process, so that its caller may do something else
    meanwhile. A session that works on the calling thread never suspends.
    """

    waits_elsewhere: bool

    async def begin(self, patience: Lock = Lock.WAIT) -> None:
        """Open a transaction (READ COMMITTED on PostgreSQL, BEGIN IMMEDIATE on SQLite).

        With ``SKIP_LOCKED`` every wait for a lock in it is short.
        """
        ...

    async def commit(self) -> None:
        """Make it durable."""
        ...

    async def rollback(self) -> None:
        """Undo it; never raises for a connection that is gone."""
        ...

    async def close(self) -> None:
        """Give the connection up."""
        ...

    async def now(self) -> Instant:
        """Return the database's own clock."""
        ...

    async def insert_new(self, rowset: RowSet[T], rows: Sequence[T]) -> set[Key]:
        """Insert those ``rows`` whose key is free, waiting for unfinished transactions; return their keys."""
        ...

    async def load(self, rowset: RowSet[T], keys: Collection[Key], lock: Lock) -> list[T]:
        """Return the rows with these primary keys, locked in the row set's order."""
        ...

    async def search(self, rowset: RowSet[T], columns: tuple[str, ...], values: Collection[Key]) -> list[T]:
        """Return, unlocked, the rows whose ``columns`` equal one of ``values``."""
        ...

    async def insert(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Insert ``rows``."""
        ...

    async def update(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Write the mutable columns of ``rows``, found by key."""
        ...

    async def delete(self, rowset: RowSet[T], keys: Collection[Key]) -> None:
        """Delete the rows with these keys."""
        ...

    async def lease(self, rowset: RowSet[T], now: Instant, until: Instant, limit: int) -> list[T]:
        """Take up to ``limit`` due rows, each with its next fencing token, and hide them until ``until``.

        The table has ``status`` ('pending' when due), ``due_at`` and ``lease_token``. Rows another worker is taking are
        skipped.
        """
        ...

    async def purge(self, rowset: RowSet[T], before: Instant, limit: int) -> list[Key]:
        """Delete up to ``limit`` rows whose ``expires_at`` is earlier than ``before``; return their keys."""
        ...


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends to its end, on the calling thread."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("the coroutine waited for something; only the SQLite session may be driven")
