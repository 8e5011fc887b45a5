"""Ids that repeat themselves: the n-th id of a prefix depends on the seed, the prefix and n alone.

Every prefix has its own sequence, so that background work, which draws ids whenever it runs, does not change the ids of
payments. The time inside an id is a counter that starts at a fixed instant and moves with each draw.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Select, func, select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.ids import UuidV7Ids, decode_base32, seeded_ids
from tongbao_platform.processes.catalogue import metadata

# 2026-01-01T00:00:00Z: before any id a sandbox drew from the real time.
FIRST_INSTANT: Final = Instant(1_767_225_600_000)


class SeededIds:
    """An ``IdSource`` for one seed; the times in its ids begin at ``start``."""

    def __init__(self, seed: int, start: Instant = FIRST_INSTANT) -> None:
        self._seed = seed
        self._start = start
        self._by_prefix: dict[str, UuidV7Ids] = {}

    def new(self, prefix: str) -> str:
        """Return the next id of ``prefix``."""
        return self._sequence(prefix).new(prefix)

    def series(self, prefix: str) -> Iterator[str]:
        """Return endless increasing ids from one draw."""
        return self._sequence(prefix).series(prefix)

    def _sequence(self, prefix: str) -> UuidV7Ids:
        found = self._by_prefix.get(prefix)
        if found is None:
            digest = hashlib.sha256(f"{self._seed}:{prefix}".encode()).digest()
            found = seeded_ids(_Counter(self._start), int.from_bytes(digest))
            self._by_prefix[prefix] = found
        return found


class _Counter:
    """A clock that moves by a millisecond each time it is read."""

    def __init__(self, start: Instant) -> None:
        self._next = start

    def now(self) -> Instant:
        moment = self._next
        self._next = Instant(moment + 1)
        return moment


async def first_free_instant(reader: Reader) -> Instant:
    """Return an instant behind those in all stored ids: a seed that is used again goes on where it ended."""
    newest = FIRST_INSTANT
    for statement in _greatest_ids():
        [(greatest,)] = await reader.rows(statement)
        newest = max(newest, _behind(greatest))
    return newest


def _greatest_ids() -> Iterator[Select[tuple[str | None]]]:
    for table in metadata().sorted_tables:
        if "id" in table.c:
            yield select(func.max(table.c.id))


def _behind(resource_id: str | None) -> Instant:
    try:
        uuid = decode_base32((resource_id or "").rpartition("_")[2])
    except ValueError:
        return FIRST_INSTANT  # no TypeID: a stamp, a key's thumbprint
    return Instant((uuid >> 80) + 1)
