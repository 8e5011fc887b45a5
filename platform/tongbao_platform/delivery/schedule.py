"""When a delivery is tried again: twelve tries over about 76 hours, spread by a jitter that replays exactly.

The jitter comes from a hash of the delivery and the try, not from a random source: a test, a simulation and the
sandbox's clock see the same instants again, and deliveries that failed together still come back apart.
"""

import hashlib
from typing import Final

from tongbao_platform.kernel.clock import HOUR_MS, MINUTE_MS, SECOND_MS, Instant, later

WAITS_MS: Final = (
    0,
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
)
"""The wait before each try, in milliseconds: the first entry before the first try, the last before the last."""

MAX_ATTEMPTS: Final = len(WAITS_MS)

# Early tries stay close to their time, for a receiver that restarts wants its event soon; later ones spread wide, so
# that an outage that ends does not bring everything back at once.
_NARROW_UNTIL: Final = 4
_NARROW_SHARE: Final = 0.2
_WIDE_SHARE: Final = 0.5


def next_attempt(attempt: int, delivery_id: str, now: Instant, retry_after_ms: int | None) -> Instant | None:
    """Return when to try again, or None to give up.

    ``attempt`` is the number of tries made so far (0 before the first); ``now`` is the end of the last one;
    ``retry_after_ms`` is the receiver's wish in milliseconds, already capped (see ``retry_after``), and only ever
    postpones. Raises ``ValueError`` for a negative ``attempt`` or ``retry_after_ms``.
    """
    if attempt < 0:
        raise ValueError("the number of tries is not negative")
    if retry_after_ms is not None and retry_after_ms < 0:
        raise ValueError("a wait is not negative")
    if attempt >= MAX_ATTEMPTS:
        return None
    return later(now, max(wait_ms(attempt, delivery_id), retry_after_ms or 0))


def wait_ms(attempt: int, delivery_id: str) -> int:
    """Return the scheduled wait after ``attempt`` tries with its jitter, in milliseconds."""
    share = _NARROW_SHARE if attempt < _NARROW_UNTIL else _WIDE_SHARE
    return round(WAITS_MS[attempt] * (1 - share + 2 * share * _fraction(attempt, delivery_id)))


def _fraction(attempt: int, delivery_id: str) -> float:
    """Return a number in [0, 1) fixed by its arguments (53 bits, so the conversion is exact)."""
    digest = hashlib.sha256(f"{delivery_id}:{attempt}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)
