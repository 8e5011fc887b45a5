"""Reading when everybody reads at once: one look at the version for all, and a refusal when no connection is free."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import column, select, text
from sqlalchemy.exc import DBAPIError

from tests.factories.committers import running_committer
from tongbao_platform.execution.cache import Freshness
from tongbao_platform.execution.records import CACHE_VERSION_TABLE
from tongbao_platform.kernel.errors import Overloaded
from tongbao_platform.storage import database as databases


class SlowReader:
    """Answers when it is let; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()
        self.fault: Exception | None = None

    async def rows(self, statement: Any) -> list[tuple[Any, ...]]:
        del statement
        self.asked += 1
        await self.answer.wait()
        if self.fault is not None:
            raise self.fault
        return [(self.asked,)]

    async def models(self, rowset: Any, statement: Any) -> list[Any]:
        raise NotImplementedError


async def all_started() -> None:
    """Let every task that stands ready come to its first wait, and what that starts too."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_all_who_ask_at_once_share_one_look() -> None:
    reader = SlowReader()
    freshness = Freshness(reader, monotonic=lambda: 5.0)
    asking = [asyncio.create_task(freshness.check()) for _ in range(20)]
    await all_started()
    reader.answer.set()
    await asyncio.gather(*asking)
    assert (reader.asked, freshness.is_known()) == (1, True)


async def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    reader = SlowReader()
    freshness = Freshness(reader, monotonic=lambda: 5.0)
    first, second, third = (asyncio.create_task(freshness.check()) for _ in range(3))
    await all_started()
    # One who waits for another's look, then the one who looks.
    for leaver in (second, first):
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
    await all_started()
    reader.answer.set()
    await third
    assert (first.cancelled(), second.cancelled()) == (True, True)
    assert (reader.asked, freshness.is_known()) == (2, True)


async def test_a_look_that_failed_is_told_to_all_and_looked_again() -> None:
    reader = SlowReader()
    reader.fault = ConnectionResetError("planted")
    freshness = Freshness(reader, monotonic=lambda: 5.0)
    asking = [asyncio.create_task(freshness.check()) for _ in range(3)]
    await all_started()
    reader.answer.set()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in told] == [ConnectionResetError] * 3
    reader.fault = None
    await freshness.check()
    assert freshness.is_known()


async def test_whoever_joined_a_look_that_took_too_long_looks_again() -> None:
    reader = SlowReader()
    now = 5.0
    freshness = Freshness(reader, monotonic=lambda: now)
    first, joined = (asyncio.create_task(freshness.check()) for _ in range(2))
    await all_started()
    now = 7.0
    reader.answer.set()
    await asyncio.gather(first, joined)
    assert (reader.asked, freshness.is_known()) == (2, True)


async def test_slow_looks_never_become_a_stampede() -> None:
    now = 5.0

    class SlowerAndSlower(SlowReader):
        running = most = 0

        async def rows(self, statement: Any) -> list[tuple[Any, ...]]:
            del statement
            nonlocal now
            self.asked += 1
            self.running += 1
            self.most = max(self.most, self.running)
            now += 1.5
            await asyncio.sleep(0)
            self.running -= 1
            return [(1,)]

    reader = SlowerAndSlower()
    freshness = Freshness(reader, monotonic=lambda: now)
    await asyncio.gather(*(freshness.check() for _ in range(256)))
    assert (reader.most, reader.asked) == (1, 2)


async def test_a_query_that_would_write_is_a_fault_of_ours(database_url: str) -> None:
    async with running_committer(database_url) as running:
        statement = text("INSERT INTO cache_version (id, version) VALUES ('x', 1) RETURNING id").columns(column("id"))
        with pytest.raises(DBAPIError):
            await running.reader.rows(statement)


async def test_a_reader_that_gets_no_connection_is_overloaded(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "READ_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(databases, "READ_POOL_SIZE", 1)
    async with running_committer(database_url) as running:
        statement = select(CACHE_VERSION_TABLE)
        async with running.reader.snapshot():
            with pytest.raises(Overloaded):
                await running.reader.rows(statement)
        assert await running.reader.rows(statement) == []
