"""A database in memory for simulated processes: the real SQLite session, run inline on the simulated loop.

The store outlives its processes, as a disk does. One transaction or reader is at it at a time; the others wait in
virtual time. Whoever dies leaves no transaction behind.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar, cast

import asyncpg
from sqlalchemy import Connection, Select, TextualSelect, create_engine
from sqlalchemy.pool import NullPool

from tests.factories.simulation_faults import Faults, error_of
from tongbao_platform.execution.reading import Reader
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Lock, WriteSession
from tongbao_platform.storage.sqlite_session import SqliteSession

T = TypeVar("T")

POINT_OF = {"insert_new": "claim", "load": "load", "search": "search", "lease": "job", "purge": "job"}
_DUPLICATES = {sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE}


class _Kept(sqlite3.Connection):
    """A connection that its borrowers cannot close."""

    def close(self) -> None:
        pass


class Store:
    """One SQLite database in memory, in the place of a file or of a server (``is_server``).

    ``gate`` is held by whoever is in a transaction or reads.
    """

    def __init__(self, image: bytes, *, is_server: bool = False) -> None:
        self.is_server = is_server
        self.connection = sqlite3.connect(":memory:", isolation_level=None, factory=_Kept, cached_statements=512)
        self.connection.deserialize(image)
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.execute("PRAGMA temp_store=MEMORY")
        self.gate = asyncio.Lock()

    def image(self) -> bytes:
        """Return the whole database as bytes."""
        return self.connection.serialize()

    def discard(self) -> None:
        """Free the memory."""
        sqlite3.Connection.close(self.connection)

    def leave(self) -> None:
        """Undo what is open and let the next one in."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.gate.release()


class Host(Protocol):
    """The process that a session lives in."""

    alive: bool

    async def crash(self) -> None:
        """Die here and now: nothing of the process runs on."""
        ...


class SimulatedSession:
    """A ``WriteSession`` that takes virtual time and fails as it is told to.

    With ``store.is_server`` it behaves as PostgreSQL's does: one statement at a time, an error ends the transaction,
    and the caller may do something else meanwhile.
    """

    def __init__(self, store: Store, host: Host, faults: Faults) -> None:
        self._store = store
        self.waits_elsewhere = store.is_server
        self._is_busy = False
        self._host = host
        self._faults = faults
        self._inner = SqliteSession(store.connection)
        self._is_open = False
        self._has_failed = False
        self._is_broken = False

    async def begin(self, patience: Lock = Lock.WAIT) -> None:
        await self._step("begin")
        await self._store.gate.acquire()
        self._is_open = True
        self._has_failed = False
        await self._inner.begin(patience)

    async def commit(self) -> None:
        await self._step("before commit")
        await self._inner.commit()
        self._end()
        await self._step("after commit")

    async def rollback(self) -> None:
        if self._is_open:
            self._end()

    async def close(self) -> None:
        self.abandon()

    def __getattr__(self, name: str) -> Any:
        """Give every other statement its time and its faults, also those that are yet to be invented."""
        inner = getattr(self._inner, name)

        async def statement(*args: Any, **kwargs: Any) -> Any:
            if self._is_busy:
                raise asyncpg.InterfaceError("another statement is in progress")
            self._is_busy = True
            try:
                await self._step(POINT_OF.get(name, "write"))
                return await self._run(inner(*args, **kwargs))
            finally:
                self._is_busy = False

        return statement

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._has_failed:
            work.close()
            raise asyncpg.InFailedSQLTransactionError("the transaction has failed before")
        try:
            return await work
        except sqlite3.IntegrityError as error:
            self._has_failed = True
            if self._store.is_server and error.sqlite_errorcode in _DUPLICATES:
                raise asyncpg.UniqueViolationError(str(error)) from error
            raise
        except Exception:
            self._has_failed = True
            raise

    def abandon(self) -> None:
        """Break the connection; what was not committed is undone."""
        self._is_broken = True
        self._end()

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._store.leave()

    async def _step(self, point: str) -> None:
        if not self._host.alive:
            raise asyncio.CancelledError
        if self._is_broken:
            raise error_of("lost", point)
        await asyncio.sleep(self._faults.seconds(0.002))
        if not self._host.alive:
            raise asyncio.CancelledError
        kind = self._faults.draw(point)
        if kind is None:
            return
        if kind == "crash":
            await self._host.crash()
        if kind in {"lost", "away", "full"}:
            self.abandon()
        elif kind == "late":
            self._commit_late()
        elif self._is_open:
            self._has_failed = True
        if kind == "away":
            cast("SimulatedDatabase", self._host.database).go_away()  # type: ignore[attr-defined]  # it is its own
        raise error_of(kind, point)

    def _commit_late(self) -> None:
        """Lose the connection, not the transaction: the server ends it later, one way or the other."""
        self._is_broken = True
        self._is_open = False
        commits = self._faults.seconds(1.0) < 0.5
        asyncio.get_running_loop().call_later(self._faults.seconds(3.0), _finish, self._store, commits)


def _finish(store: Store, commits: bool) -> None:
    if commits:
        store.connection.execute("COMMIT")
    store.leave()


class SimulatedDatabase:
    """What a process sees of the store (``storage.database.Database``)."""

    has_own_clock = False

    def __init__(self, store: Store, host: Host, faults: Faults) -> None:
        self._store = store
        self._host = host
        self._faults = faults
        self._away_until = 0.0
        self._sessions: list[SimulatedSession] = []
        self.reads: Any = None

    def go_away(self) -> None:
        """Be out of reach for a while."""
        self._away_until = asyncio.get_running_loop().time() + self._faults.seconds(15.0)

    async def open_session(self) -> WriteSession:
        """Connect, unless the database is away."""
        await asyncio.sleep(self._faults.seconds(0.01))
        if not self._host.alive:
            raise asyncio.CancelledError
        refused = self._faults.draw("open") is not None
        if refused or asyncio.get_running_loop().time() < self._away_until:
            raise error_of("lost", "open")
        session = SimulatedSession(self._store, self._host, self._faults)
        self._sessions.append(session)
        return cast("WriteSession", session)

    async def perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run ``work`` on the simulated loop."""
        return await work()

    async def close(self) -> None:
        """Break every connection."""
        self.abandon()

    def abandon(self) -> None:
        """Break every connection at once: the process is dead."""
        for session in self._sessions:
            session.abandon()


class _Target:
    connection: sqlite3.Connection


# One engine for all stores, so that SQLAlchemy compiles each statement once.
_ENGINE = create_engine("sqlite://", creator=lambda: _Target.connection, poolclass=NullPool)


class SimulatedReader:
    """A ``Reader`` of committed rows."""

    def __init__(self, store: Store, host: Host, faults: Faults) -> None:
        self._store = store
        self._host = host
        self._faults = faults

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        async with self.snapshot() as reader:
            return await reader.rows(statement)

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        async with self.snapshot() as reader:
            return await reader.models(rowset, statement)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Give a reader of one moment; what it has read may be old when it arrives."""
        async with self._store.gate:
            _Target.connection = self._store.connection
            with _ENGINE.connect() as connection:
                yield _Snapshot(connection)
        await asyncio.sleep(self._faults.seconds(0.002))
        if not self._host.alive:
            raise asyncio.CancelledError


class _Snapshot:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.execute(statement)]

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        return [rowset.model(**row._mapping) for row in self._connection.execute(statement)]
