"""Time as a value, and the only places that read a clock.

An ``Instant`` is a whole number of milliseconds since 1970-01-01T00:00:00Z. Integers compare, store and replay
exactly on every database; the API shows them as RFC 3339 in UTC with milliseconds.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NewType, Protocol

Instant = NewType("Instant", int)

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# Asia/Shanghai has had no daylight saving since 1991 and settlement does not look further back.
SHANGHAI_OFFSET_MS = 8 * HOUR_MS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)


class Clock(Protocol):
    """Where the time comes from; the sandbox and the simulation inject their own."""

    def now(self) -> Instant:
        """Return the current instant in milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Return the machine's time, truncated to milliseconds."""
        return Instant(time.time_ns() // 1_000_000)


class VirtualClock:
    """A clock that stands still until it is told to move; never backward."""

    def __init__(self, start: Instant) -> None:
        self._now = start

    def now(self) -> Instant:
        """Return the instant the clock was last set to."""
        return self._now

    def advance(self, milliseconds: int) -> Instant:
        """Move forward by ``milliseconds`` (zero or more) and return the new instant."""
        if milliseconds < 0:
            raise ValueError("time does not go backward")
        self._now = Instant(self._now + milliseconds)
        return self._now


def later(instant: Instant, milliseconds: int) -> Instant:
    """Return ``instant`` moved by ``milliseconds``."""
    return Instant(instant + milliseconds)


def format_instant(instant: Instant) -> str:
    """Render RFC 3339 in UTC with milliseconds, e.g. ``2026-11-22T10:30:00.000Z``."""
    seconds, millis = divmod(instant, SECOND_MS)
    return f"{_format_second(seconds)}.{millis:03d}Z"


# Most instants shown are of the present second.
@lru_cache(maxsize=512)
def _format_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def instant_of(moment: datetime) -> Instant:
    """Convert an aware ``datetime``; a naive one is refused, for it names no instant."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone names no instant")
    since = moment - _EPOCH
    return Instant(since.days * DAY_MS + since.seconds * SECOND_MS + since.microseconds // 1_000)


def datetime_of(instant: Instant) -> datetime:
    """Convert to an aware UTC ``datetime``."""
    return _EPOCH + timedelta(milliseconds=instant)


def business_date(instant: Instant) -> str:
    """Return the settlement day of ``instant`` in Asia/Shanghai as ``YYYY-MM-DD``."""
    days = (instant + SHANGHAI_OFFSET_MS) // DAY_MS
    return (_EPOCH_DAY + timedelta(days=days)).isoformat()


def business_day_start(instant: Instant) -> Instant:
    """Return the midnight in Asia/Shanghai at which the settlement day of ``instant`` began."""
    return Instant(instant - (instant + SHANGHAI_OFFSET_MS) % DAY_MS)
