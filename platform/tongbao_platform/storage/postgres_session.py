"""The PostgreSQL write session: set-based statements over arrays, on asyncpg.

Statements are built with SQLAlchemy Core once per table and run on the raw driver connection: a batch costs about ten
round trips whatever its size.
"""

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

import asyncpg
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import TableValuedAlias

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Key, Lock
from tongbao_platform.storage.types import Id, Json, Minor

T = TypeVar("T")

CONNECT_TIMEOUT_SECONDS = 5
LOCK_TIMEOUT_MS = 2_000
STATEMENT_TIMEOUT_MS = 10_000
IDLE_TIMEOUT_MS = 8_000
# How long this side waits for any one answer. It is longer than the server's own limits, and a network that swallows
# everything needs it: without it a statement would wait for ever. So would a COMMIT whose synchronous standby is away:
# the server has no limit for that.
ANSWER_TIMEOUT_SECONDS = 12.0
# Once a batch has waited for a lock, its next tries only look whether the lock is free.
SHORT_LOCK_TIMEOUT_MS = 100
COPY_FROM_ROWS = 8

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped


async def connect_writer(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open a writing connection with its time-outs; ``dsn`` is a libpq URL.

    ``synchronous_commit`` is set here, so that a careless server default cannot make an acknowledged payment vanish.
    """
    return await asyncpg.connect(
        dsn,
        timeout=CONNECT_TIMEOUT_SECONDS,
        statement_cache_size=512,
        server_settings={
            "application_name": "tongbao-writer",
            "synchronous_commit": "on",
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_TIMEOUT_MS),
            "jit": "off",
            # Every statement of the writer goes by key. A plan made while a table was small must not scan it later.
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
        },
    )


class PostgresSession:
    """A ``WriteSession`` on one asyncpg connection.

    Each statement restarts a timer that drops the connection: what was asked then fails as a lost connection does. (A
    driver's own time-out would send a cancel request instead, and wait for that one's answer.)
    """

    waits_elsewhere = True

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._wire = connection
        self._timer: asyncio.TimerHandle | None = None

    @property
    def _connection(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The connection, with the time for its next answer running."""
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(ANSWER_TIMEOUT_SECONDS, self._wire.terminate)
        return self._wire

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def begin(self, patience: Lock = Lock.WAIT) -> None:
        """Open a READ COMMITTED transaction: each statement sees what committed while it waited for its locks."""
        if self._wire.is_in_transaction():
            raise asyncpg.InterfaceError("a rollback has failed: this connection is of no use any more")
        short = patience is Lock.SKIP_LOCKED
        await self._connection.execute(
            f"{_BEGIN}; SET LOCAL lock_timeout = {SHORT_LOCK_TIMEOUT_MS:d}" if short else _BEGIN
        )

    async def commit(self) -> None:
        """Commit; a server that turned it into a rollback is an error."""
        tag = await self._connection.execute("COMMIT")
        self._stop_timer()
        if tag != "COMMIT":
            raise asyncpg.InterfaceError(f"COMMIT was answered {tag}")

    async def rollback(self) -> None:
        """Undo the transaction if the connection still stands."""
        if not self._wire.is_closed():
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._connection.execute("ROLLBACK")
        self._stop_timer()

    async def close(self) -> None:
        """Drop the connection without ceremony: it may hang on a dead server."""
        self._stop_timer()
        self._wire.terminate()

    async def now(self) -> Instant:
        """Return ``clock_timestamp()`` in milliseconds."""
        return Instant(await self._connection.fetchval(_NOW))

    async def insert_new(self, rowset: RowSet[T], rows: Sequence[T]) -> set[Key]:
        """Insert free keys; a key that an open transaction is inserting is waited for."""
        records = await self._connection.fetch(_insert_new(rowset), *_arrays(rowset, rowset.columns, rows))
        return {tuple(record) for record in records}

    async def load(self, rowset: RowSet[T], keys: Collection[Key], lock: Lock) -> list[T]:
        """Load by key; NO KEY UPDATE locks, so that foreign-key checks elsewhere do not wait."""
        return await self._select(rowset, rowset.key, keys, lock)

    async def search(self, rowset: RowSet[T], columns: tuple[str, ...], values: Collection[Key]) -> list[T]:
        """Find rows by the values of ``columns``."""
        return await self._select(rowset, columns, values, Lock.NONE)

    async def _select(
        self, rowset: RowSet[T], columns: tuple[str, ...], values: Collection[Key], lock: Lock
    ) -> list[T]:
        arrays = _key_arrays(rowset, columns, values)
        records = await self._connection.fetch(_select_where_in(rowset, columns, lock), *arrays)
        return [rowset.from_driver(record) for record in records]

    async def insert(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Insert a few ``rows`` over arrays (one round trip), many by COPY (two, but a third of the CPU per row)."""
        if len(rows) < COPY_FROM_ROWS:
            await self._connection.execute(_insert(rowset), *_arrays(rowset, rowset.columns, rows))
            return
        records = rowset.records(rows)
        await self._connection.copy_records_to_table(rowset.table.name, records=records, columns=rowset.columns)

    async def update(self, rowset: RowSet[T], rows: Sequence[T]) -> None:
        """Update ``rows`` with one statement."""
        await self._connection.execute(_update(rowset), *_arrays(rowset, (*rowset.key, *rowset.mutable), rows))

    async def delete(self, rowset: RowSet[T], keys: Collection[Key]) -> None:
        """Delete by key with one statement."""
        await self._connection.execute(_delete(rowset), *_key_arrays(rowset, rowset.key, keys))

    async def lease(self, rowset: RowSet[T], now: Instant, until: Instant, limit: int) -> list[T]:
        """Take due rows that nobody else is taking."""
        records = await self._connection.fetch(_lease(rowset), until, now, limit)
        return [rowset.from_driver(tuple(record)) for record in records]

    async def purge(self, rowset: RowSet[T], before: Instant, limit: int) -> list[Key]:
        """Delete expired rows."""
        return [tuple(record) for record in await self._connection.fetch(_purge(rowset), before, limit)]


# Separates the values of a column on the way; the other stands for NULL. No id, code or number contains them.
_UNIT: Final = "\x1f"
_NULL: Final = "\x1e"


def _arrays(rowset: RowSet[T], columns: Sequence[str], rows: Sequence[T]) -> list[Any]:
    """Return one parameter per column: see ``_array``."""
    table = rowset.table
    return [
        _joined(rowset.column_values(name, rows))
        if _travels_as_text(table.columns[name])
        else rowset.column_values(name, rows)
        for name in columns
    ]


def _key_arrays(rowset: RowSet[Any], columns: Sequence[str], keys: Collection[Key]) -> list[Any]:
    table = rowset.table
    return [
        _joined(list(values)) if _travels_as_text(table.columns[name]) else list(values)
        for name, values in zip(columns, zip(*keys, strict=True), strict=True)
    ]


def _joined(values: list[Any]) -> str:
    """Join ids, codes or numbers; ``ValueError`` when one contains a separator, which none may."""
    texts = [_NULL if value is None else value if type(value) is str else str(value) for value in values]
    # Behind the last one too (and cut off there): one empty text alone would make an empty array.
    joined = _UNIT.join(texts) + _UNIT
    if joined.count(_UNIT) != len(texts) or joined.count(_NULL) != values.count(None):
        raise ValueError("a code contains a control character")
    return joined


_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"


def _sql(statement: Executable) -> str:
    """Compile for asyncpg; parameters are numbered in the order of their names: p000, p001 and so on."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every Executable here is a ClauseElement
    names = list(compiled.positiontup or ())
    if names != sorted(names):
        raise AssertionError(f"parameters out of order: {names}")
    return str(compiled)


def _source(columns: Sequence[Column[Any]], first: int = 0) -> TableValuedAlias:
    """Return ``unnest(…, …) AS x(…)`` over one array parameter per column."""
    arrays = [_array(c, f"p{first + i:03d}") for i, c in enumerate(columns)]
    return func.unnest(*arrays).table_valued(*[column(c.name, c.type) for c in columns]).render_derived(name="x")


def _array(of: Column[Any], parameter: str) -> ColumnElement[Any]:
    """Return a column's values as an array.

    Ids, codes and numbers travel as one joined text: asyncpg spends about 0.6 µs on each element of an array parameter.
    """
    kind = ARRAY(_wire_type(of))
    if not _travels_as_text(of):
        return bindparam(parameter, type_=kind, unique=False)
    joined = bindparam(parameter, type_=postgresql.TEXT(), unique=False)
    split = func.string_to_array(joined, literal_column("E'\\x1f'"), literal_column("E'\\x1e'"))
    return cast_to(func.trim_array(split, literal_column("1")), kind)


def _travels_as_text(of: Column[Any]) -> bool:
    """Tell whether no value of this column can contain a separator."""
    return of.type is Id or of.type is Minor


def _wire_type(of: Column[Any]) -> Any:
    """JSON columns travel as the text they are stored as."""
    kind = of.type
    return kind.impl_instance if isinstance(kind, Json) else kind.dialect_impl(_DIALECT)


def _columns(rowset: RowSet[Any], names: Sequence[str]) -> list[Column[Any]]:
    return [rowset.table.columns[name] for name in names]


@cache
def _insert(rowset: RowSet[Any]) -> str:
    source = _source(_columns(rowset, rowset.columns))
    return _sql(insert(rowset.table).from_select(list(rowset.columns), select(*source.columns)))


@cache
def _insert_new(rowset: RowSet[Any]) -> str:
    source = _source(_columns(rowset, rowset.columns))
    statement = upsert(rowset.table).from_select(list(rowset.columns), select(*source.columns))
    return _sql(statement.on_conflict_do_nothing().returning(*_columns(rowset, rowset.key)))


@cache
def _select_where_in(rowset: RowSet[Any], columns: tuple[str, ...], lock: Lock) -> str:
    wanted = _columns(rowset, columns)
    source = _source(wanted)
    statement: Select[Any] = select(*_columns(rowset, rowset.columns))
    if len(wanted) == 1:
        statement = statement.where(wanted[0] == func.any(_array(wanted[0], "p000")))
    else:
        statement = statement.where(tuple_(*wanted).in_(select(*source.columns)))
    statement = statement.order_by(*_columns(rowset, rowset.order))
    if lock is not Lock.NONE:
        statement = statement.with_for_update(key_share=True, skip_locked=lock is Lock.SKIP_LOCKED)
    return _sql(statement)


@cache
def _update(rowset: RowSet[Any]) -> str:
    source = _source(_columns(rowset, (*rowset.key, *rowset.mutable)))
    same_row = and_(*(rowset.table.columns[name] == source.columns[name] for name in rowset.key))
    values = {name: source.columns[name] for name in rowset.mutable}
    return _sql(update(rowset.table).values(values).where(same_row))


@cache
def _delete(rowset: RowSet[Any]) -> str:
    source = _source(_columns(rowset, rowset.key))
    wanted = tuple_(*_columns(rowset, rowset.key)).in_(select(*source.columns))
    return _sql(delete(rowset.table).where(wanted))


@cache
def _lease(rowset: RowSet[Any]) -> str:
    table = rowset.table
    due = (
        select(table.c.id)
        .where(table.c.status == text("'pending'"), table.c.due_at <= bindparam("p001", type_=table.c.due_at.type))
        .order_by(table.c.due_at, table.c.id)
        .limit(bindparam("p002", type_=postgresql.BIGINT()))
        .with_for_update(skip_locked=True)
    )
    until = bindparam("p000", type_=table.c.due_at.type)
    # As an array the sub-query runs once; as a set the planner may run it per row, and lease more than the limit.
    chosen = func.any(func.array(due.scalar_subquery()))
    statement = (
        update(table).values(due_at=until, lease_token=table.c.lease_token + text("1")).where(table.c.id == chosen)
    )
    return _sql(statement.returning(*_columns(rowset, rowset.columns)))


@cache
def _purge(rowset: RowSet[Any]) -> str:
    table = rowset.table
    address = cast("Any", column("ctid"))
    expired = (
        select(address)
        .select_from(table)
        .where(table.c.expires_at < bindparam("p000", type_=table.c.expires_at.type))
        .limit(bindparam("p001", type_=postgresql.BIGINT()))
        .with_for_update(skip_locked=True)
    )
    statement = delete(table).where(address == func.any(func.array(expired.scalar_subquery())))
    return _sql(statement.returning(*_columns(rowset, rowset.key)))
