"""How long it takes from a fault to the next acknowledged write on what was hit."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from benchmarks.figures import percentile

ANYWHERE: Final = 0


class Recovery(msgspec.Struct, frozen=True):
    """One fault of ``kind`` and the seconds until writes were acknowledged again.

    ``disturbed`` when meanwhile a lock or a full disk kept writes from being acknowledged at all.
    """

    kind: str
    seconds: float
    disturbed: bool


class _Open(msgspec.Struct):
    kind: str
    since: float
    where: int
    disturbed: bool


class RecoveryTimes:
    """Faults are opened when they begin (or, for those that last, when their cause is removed) and closed by a write.

    ``where`` is the port of the process that was hit, ``ANYWHERE`` when the whole service was.
    """

    def __init__(self) -> None:
        self.found: list[Recovery] = []
        self._open: list[_Open] = []
        self._lasting = 0

    def began(self, kind: str, where: int = ANYWHERE, since: float | None = None) -> None:
        """Start the watch now, or at ``since`` (loop time)."""
        started = asyncio.get_running_loop().time() if since is None else since
        self._open.append(_Open(kind, started, where, self._lasting > 0))

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """Mark all that is open while the block lasts as disturbed."""
        self._lasting += 1
        for each in self._open:
            each.disturbed = True
        try:
            yield
        finally:
            self._lasting -= 1

    def acknowledged(self, port: int, sent_at: float) -> None:
        """Take note of an acknowledged write that was sent at ``sent_at`` to the process on ``port``."""
        if not self._open:
            return
        now = asyncio.get_running_loop().time()
        still: list[_Open] = []
        for each in self._open:
            if each.where in {ANYWHERE, port} and sent_at >= each.since:
                self.found.append(Recovery(each.kind, now - each.since, each.disturbed))
            else:
                still.append(each)
        self._open = still

    def note(self, kind: str, seconds: float) -> None:
        """Take note of a recovery that was measured elsewhere."""
        self.found.append(Recovery(kind, seconds, self._lasting > 0))

    def is_recovering(self, kind: str, where: int = ANYWHERE) -> bool:
        """Whether nothing has recovered yet from the last fault of ``kind`` there."""
        return any(each.kind == kind and each.where == where for each in self._open)

    @property
    def pending(self) -> int:
        """How many faults nothing has recovered from yet."""
        return len(self._open)


class Spread(msgspec.Struct, frozen=True):
    """Seconds."""

    count: int
    p50: float
    p95: float
    worst: float


def spread(seconds: list[float]) -> Spread:
    """Return the spread of ``seconds``."""
    ascending = sorted(seconds)
    if not ascending:
        return Spread(0, 0.0, 0.0, 0.0)
    p50, p95 = (round(percentile(ascending, share), 3) for share in (0.5, 0.95))
    return Spread(len(ascending), p50, p95, round(ascending[-1], 3))
