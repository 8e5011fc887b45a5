"""A database, seen from the outside: one writer and a pool of read-only connections.

``perform`` runs a coroutine over the write session where it may run: on the event loop for PostgreSQL, on the one
writer thread for SQLite.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.storage import postgres_session, sqlite_session
from tongbao_platform.storage.session import WriteSession, drive

T = TypeVar("T")

READ_POOL_SIZE = 8
READ_TIMEOUT_SECONDS = 10
PATIENT_READ_TIMEOUT_SECONDS = 3_600


class DatabaseBusy(PlatformFault):
    """Another process is the writer of this SQLite database."""


class Database(Protocol):
    """What execution and wiring need of a database."""

    reads: AsyncEngine
    has_own_clock: bool

    async def open_session(self) -> WriteSession:
        """Open a write session."""
        ...

    async def perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run ``work`` where the write session lives."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def open_database(url: str) -> Database:
    """Open ``sqlite:///path`` or ``postgresql://user@host/name``; ``ValueError`` for anything else.

    A SQLite database is locked for this process; ``DatabaseBusy`` when another process has it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteDatabase(parsed.database)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(url)
    raise ValueError("a database URL starts with sqlite:/// or postgresql://")


def open_patient_reads(url: str, *, by_key: bool = False) -> AsyncEngine:
    """Open read-only connections for queries that may take an hour (the verifier's).

    ``by_key`` is for queries that look at a small part of large tables: PostgreSQL, whose statistics know nothing of
    the last minutes, would rather read them whole.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        planner = {"enable_seqscan": "off", "enable_mergejoin": "off", "jit": "off"} if by_key else {}
        return _postgres_reads(url, PATIENT_READ_TIMEOUT_SECONDS, planner)
    return _sqlite_reads(parsed.database or "")


def _postgres_reads(url: str, timeout_seconds: float, planner: Mapping[str, str] = MappingProxyType({})) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=READ_POOL_SIZE,
        max_overflow=0,
        pool_timeout=READ_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "timeout": postgres_session.CONNECT_TIMEOUT_SECONDS,
            "command_timeout": timeout_seconds,
            "server_settings": {
                "application_name": "tongbao-reader",
                "default_transaction_read_only": "on",
                **planner,
            },
        },
    )


def _sqlite_reads(path: str) -> AsyncEngine:
    uri = f"sqlite+aiosqlite:///file:{Path(path).absolute()}?mode=ro&uri=true"
    engine = create_async_engine(uri, pool_size=READ_POOL_SIZE, max_overflow=0, pool_timeout=READ_TIMEOUT_SECONDS)
    event.listen(engine.sync_engine, "connect", _read_only)
    return engine


class PostgresDatabase:
    """PostgreSQL over asyncpg."""

    has_own_clock = True

    def __init__(self, url: str) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.reads = _postgres_reads(url, READ_TIMEOUT_SECONDS)

    async def open_session(self) -> WriteSession:
        """Connect a writer."""
        return postgres_session.PostgresSession(await postgres_session.connect_writer(self._dsn))

    async def perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run on the event loop."""
        return await work()

    async def close(self) -> None:
        """Close the readers; the writer belongs to its committer."""
        await self.reads.dispose()


class SqliteDatabase:
    """One SQLite file, one writer process, one writer thread."""

    has_own_clock = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock_file = _lock_out_other_processes(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-writer")
        self.reads = _sqlite_reads(path)

    async def open_session(self) -> WriteSession:
        """Open the writing connection."""
        return sqlite_session.SqliteSession(sqlite_session.connect_writer(self._path))

    async def perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Drive the coroutine on the writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: drive(work()))

    async def close(self) -> None:
        """Close the readers, the thread, and let the next process in."""
        await self.reads.dispose()
        self._thread.shutdown(wait=True)
        os.close(self._lock_file)


def _read_only(connection: Any, record: object) -> None:
    del record
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def _lock_out_other_processes(path: str) -> int:
    """Hold an advisory lock beside the file: two writer processes would each trust their own queue and caches."""
    Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise DatabaseBusy(f"{path} is in use by another process") from error
    return handle
