"""Versioned caches: no SELECT per request for clients, keys, tokens and merchants.

A transaction that changes a cached row raises a version; every process polls it and forgets all when it moved. So a
cached fact is at most ``STALE_AFTER_SECONDS`` old, and not at all in the process that made the change. A miss asks the
database once; what does not exist is not remembered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from sqlalchemy import select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.execution.records import CACHE_VERSION_TABLE, THE_VERSION

K = TypeVar("K")
V = TypeVar("V")

STALE_AFTER_SECONDS = 1.0
POLL_EVERY_SECONDS = 0.25
# Looks of others that one waits for before looking itself.
MOST_JOINED = 2


class Freshness:
    """Knows whether what was remembered may still be believed. ``generation`` moves when it may not."""

    def __init__(self, reader: Reader, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._monotonic = monotonic
        self._version: int | None = None
        self._checked_at = float("-inf")
        self._looking: asyncio.Future[None] | None = None
        self.generation = 0

    def forget(self) -> None:
        """Forget everything now: this process has just changed a cached row."""
        self.generation += 1

    def is_known(self) -> bool:
        """Tell whether the version was seen less than ``STALE_AFTER_SECONDS`` ago."""
        return self._monotonic() - self._checked_at < STALE_AFTER_SECONDS

    async def check(self) -> None:
        """Look at the version. All may ask at once: one looks, and the others hear of it."""
        joined = 0
        while (looking := self._looking) is not None:
            try:
                # Shielded: one who gives up waiting takes nothing from the others.
                await asyncio.shield(looking)
            except asyncio.CancelledError:
                if not looking.cancelled() or _is_canceled():
                    raise
                continue  # whoever looked gave up
            joined += 1
            # The first look had begun before we asked, and may have taken too long to believe it. The second had not,
            # and is as good as one of our own: if all looked for themselves now, that would be the end of the database.
            if self.is_known() or joined == MOST_JOINED:
                return
        await self._look_for_all()

    async def _look_for_all(self) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._looking = mine
        try:
            await self._look()
        except asyncio.CancelledError:
            mine.cancel()
            raise
        except Exception as error:
            mine.set_exception(error)
            mine.exception()  # perhaps nobody else waits for it
            raise
        else:
            mine.set_result(None)
        finally:
            if self._looking is mine:
                self._looking = None

    async def _look(self) -> None:
        before = self._monotonic()
        rows = await self._reader.rows(
            select(CACHE_VERSION_TABLE.c.version).where(CACHE_VERSION_TABLE.c.id == THE_VERSION)
        )
        version = int(rows[0][0]) if rows else 0
        if version != self._version:
            self._version = version
            self.generation += 1
        self._checked_at = before


def _is_canceled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class VersionedCache(Generic[K, V]):
    """Remembers what ``load`` returned for a key while the facts are fresh."""

    def __init__(
        self, load: Callable[[K], Awaitable[V | None]], freshness: Freshness, max_entries: int = 100_000
    ) -> None:
        self._load = load
        self._freshness = freshness
        self._max_entries = max_entries
        self._generation = -1
        self._entries: dict[K, V] = {}

    async def get(self, key: K) -> V | None:
        """Return the value of ``key``, from memory when that is fresh, else from the database."""
        if not self._freshness.is_known():
            await self._freshness.check()
        if self._generation != self._freshness.generation:
            self._entries.clear()
            self._generation = self._freshness.generation
        value = self._entries.get(key)
        if value is not None:
            return value
        generation = self._generation
        value = await self._load(key)
        # A change during the load may have made the answer old: use it, but do not remember it.
        if value is not None and generation == self._freshness.generation:
            self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Remember a value this process has just written."""
        if len(self._entries) >= self._max_entries:
            self._entries.clear()
        self._entries[key] = value
