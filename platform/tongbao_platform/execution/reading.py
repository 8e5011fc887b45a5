"""Reading outside the write path: read-only connections, no locks."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Select, TextualSelect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tongbao_platform.kernel.errors import Overloaded
from tongbao_platform.storage.faults import Fault, fault_of, is_mistake
from tongbao_platform.storage.rowset import RowSet

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Reader(Protocol):
    """Runs queries that stores have built."""

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        ...

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return the rows of ``statement``, which selects the row set's table, as models."""
        ...


class EngineReader:
    """A ``Reader`` on a pool of read-only connections.

    ``Overloaded`` when no connection is free in time or the database is away.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        with _overloaded_when_away():
            async with self._engine.connect() as connection:
                return await _rows(connection, statement)

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return models; the columns may come in any order."""
        with _overloaded_when_away():
            async with self._engine.connect() as connection:
                return await _models(connection, rowset, statement)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Give a reader whose queries all see the database at one moment."""
        with _overloaded_when_away():
            connection = await self._engine.connect()
        try:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                await connection.exec_driver_sql("BEGIN")
            yield _ConnectionReader(connection)
            await connection.rollback()
        finally:
            await connection.close()


class _ConnectionReader:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        with _overloaded_when_away():
            return await _rows(self._connection, statement)

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        with _overloaded_when_away():
            return await _models(self._connection, rowset, statement)


async def _rows(connection: AsyncConnection, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.execute(statement)]


async def _models(connection: AsyncConnection, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
    result = await connection.execute(statement)
    return [rowset.model(**row._mapping) for row in result]  # noqa: SLF001 - SQLAlchemy's documented name


@contextmanager
def _overloaded_when_away() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if fault_of(error) is Fault.UNAVAILABLE and not is_mistake(error):
            _log.warning("the database could not be read", exc_info=error)
            raise Overloaded("the database cannot be read now") from error
        raise
