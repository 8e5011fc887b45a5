"""A running committer on a test database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from tongbao_platform.execution.cache import Freshness
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.reading import EngineReader
from tongbao_platform.execution.tools import Tools
from tongbao_platform.kernel.clock import Clock, SystemClock
from tongbao_platform.kernel.ids import IdSource, UuidV7Ids
from tongbao_platform.processes.catalogue import registry
from tongbao_platform.storage.database import Database, open_database


class Running(NamedTuple):
    """Everything a test needs to write and read."""

    committer: Committer
    reader: EngineReader
    database: Database
    ids: IdSource
    clock: Clock
    freshness: Freshness


def _same(row: str, octets: bytes) -> bytes:
    del row
    return octets


@asynccontextmanager
async def running_committer(
    url: str,
    clock: Clock | None = None,
    wrap: Callable[[Database], Database] = lambda database: database,
) -> AsyncIterator[Running]:
    """Open ``url`` and run a committer on it; ``wrap`` may put faults between the two."""
    clock = clock or SystemClock()
    database = wrap(open_database(url))
    ids = UuidV7Ids(clock)
    reader = EngineReader(database.reads)
    freshness = Freshness(reader)

    def on_commit(changed_cached_rows: bool) -> None:
        if changed_cached_rows:
            freshness.forget()

    tools = Tools(registry(), ids, clock, livemode=False, seal=_same, unseal=_same)
    committer = Committer(database, tools, on_commit)
    committer.start()
    try:
        yield Running(committer, reader, database, ids, clock, freshness)
    finally:
        await committer.stop()
        await database.close()
