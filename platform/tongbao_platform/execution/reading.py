"""Reading outside the write path: read-only connections, no locks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Select, TextualSelect
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tongbao_platform.kernel.errors import Overloaded
from tongbao_platform.storage.rowset import RowSet

T = TypeVar("T")


class Reader(Protocol):
    """Runs queries that stores have built."""

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        ...

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return the rows of ``statement``, which selects the row set's table, as models."""
        ...


class EngineReader:
    """A ``Reader`` on a pool of read-only connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        async with self._connected() as connection:
            return [tuple(row) for row in await connection.execute(statement)]

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return models; the columns may come in any order."""
        async with self._connected() as connection:
            result = await connection.execute(statement)
            return [rowset.model(**row._mapping) for row in result]  # noqa: SLF001 - SQLAlchemy's documented name

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Give a reader whose queries all see the database at one moment."""
        async with self._connected() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                await connection.exec_driver_sql("BEGIN")
            yield _ConnectionReader(connection)
            await connection.rollback()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection of the pool; ``Overloaded`` when none becomes free in time."""
        try:
            connection = await self._engine.connect()
        except PoolTimeout as error:
            raise Overloaded("all reading connections are in use") from error
        try:
            yield connection
        finally:
            await connection.close()


class _ConnectionReader:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._connection.execute(statement)]

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        result = await self._connection.execute(statement)
        return [rowset.model(**row._mapping) for row in result]  # noqa: SLF001 - SQLAlchemy's documented name
