"""Whether and when an attempt is repeated. Pure."""

import math
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

FIRST_DELAY_SECONDS: Final = 0.5
MAX_DELAY_SECONDS: Final = 8.0
# An unsigned answer of these kinds is what a gateway or an overloaded server gives; it says nothing about the write.
TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``max_retries`` repetitions; ``Retry-After`` counts up to ``max_retry_after_seconds``."""

    max_retries: int
    max_retry_after_seconds: float

    def delay(self, retries: int, retry_after_seconds: float | None, chance: Callable[[], float]) -> float | None:
        """Return the seconds to wait before the next repetition after ``retries`` of them, or None for "no more".

        Without a ``Retry-After`` the wait is 0.5 s, doubled each time up to 8 s, less a random quarter.
        """
        if retries >= self.max_retries:
            return None
        if retry_after_seconds is not None:
            return min(retry_after_seconds, self.max_retry_after_seconds)
        return min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(retries, 10)) * (1 - chance() / 4)


def read_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds a ``Retry-After`` asks for (RFC 9110 section 10.2.3: number or date); None if unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(int(text))
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
