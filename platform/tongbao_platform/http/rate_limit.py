"""Rate limits by the generic cell rate algorithm: one number per key, a burst up to the quota, then a steady flow.

Headers are those of draft-ietf-httpapi-ratelimit-headers: ``RateLimit-Policy`` and ``RateLimit``.
"""

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from tongbao_platform.http.exchange import HeaderList

_SECOND_US = 1_000_000


class Policy(msgspec.Struct, frozen=True):
    """``quota`` requests per ``window_seconds``; ``name`` is what the headers call it."""

    name: str
    quota: int
    window_seconds: int

    @property
    def interval_us(self) -> int:
        """How long one request uses up, in microseconds."""
        return self.window_seconds * _SECOND_US // self.quota


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may pass, how many more may right now, and when the quota is whole again."""

    allowed: bool
    remaining: int
    reset_seconds: int
    retry_after_seconds: int = 0


class Limiter(Protocol):
    """Takes one request out of a key's quota."""

    async def take(self, key: str, policy: Policy) -> Verdict:
        """Count a request of ``key`` under ``policy``."""
        ...


def judge(taken_until_us: int, now_us: int, policy: Policy) -> tuple[Verdict, int]:
    """Apply the algorithm: return the verdict and the new ``taken_until_us`` (unchanged when refused)."""
    window_us = policy.window_seconds * _SECOND_US
    after = max(taken_until_us, now_us) + policy.interval_us
    excess = after - now_us - window_us
    if excess > 0:
        reset = _ceil_seconds(taken_until_us - now_us)
        return Verdict(False, 0, reset, _ceil_seconds(excess)), taken_until_us
    remaining = (window_us - (after - now_us)) // policy.interval_us
    return Verdict(True, remaining, _ceil_seconds(after - now_us)), after


def limit_headers(policy: Policy, verdict: Verdict) -> HeaderList:
    """Return the headers that tell a client where it stands."""
    return [
        ("RateLimit-Policy", f'"{policy.name}";q={policy.quota};w={policy.window_seconds}'),
        ("RateLimit", f'"{policy.name}";r={verdict.remaining};t={verdict.reset_seconds}'),
    ]


class MemoryLimiter:
    """Counts in this process; for one process, or as a fallback."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns, max_keys: int = 100_000) -> None:
        self._monotonic_ns = monotonic_ns
        self._max_keys = max_keys
        self._taken_until: dict[str, int] = {}

    async def take(self, key: str, policy: Policy) -> Verdict:
        """Count a request."""
        now_us = self._monotonic_ns() // 1_000
        full_key = f"{policy.name}|{key}"
        verdict, taken_until = judge(self._taken_until.get(full_key, 0), now_us, policy)
        if full_key not in self._taken_until and len(self._taken_until) >= self._max_keys:
            self._forget_past(now_us)
        self._taken_until[full_key] = taken_until
        return verdict

    def _forget_past(self, now_us: int) -> None:
        self._taken_until = {key: until for key, until in self._taken_until.items() if until > now_us}
        # A flood of strangers may fill the table with live entries: then counting starts afresh.
        if len(self._taken_until) >= self._max_keys:
            self._taken_until.clear()


def _ceil_seconds(microseconds: int) -> int:
    return max(0, -(-microseconds // _SECOND_US))
