"""Another connection to the same database, with locks of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg


async def until_somebody_waits(connection: Any) -> None:
    """Return when a transaction waits for this connection's."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(10_000):
        if await connection.fetchval(waiting):
            return
        await asyncio.sleep(0)
    raise AssertionError("nobody waits")


@asynccontextmanager
async def second_connection(url: str) -> AsyncIterator[Any]:
    """Give a connection that is closed, whatever happens, with its locks."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
