"""Reading outside the write path: read-only connections, no locks."""

from typing import Any, Protocol, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from tongbao_platform.storage.rowset import RowSet

T = TypeVar("T")


class Reader(Protocol):
    """Runs queries that stores have built."""

    async def rows(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        ...

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return the rows of ``statement``, which selects the row set's table, as models."""
        ...


class EngineReader:
    """A ``Reader`` on a pool of read-only connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rows(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement`` as tuples."""
        async with self._engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(statement)]

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        """Return models; the columns may come in any order."""
        async with self._engine.connect() as connection:
            result = await connection.execute(statement)
            return [rowset.model(**row._mapping) for row in result]  # noqa: SLF001 - SQLAlchemy's documented name
