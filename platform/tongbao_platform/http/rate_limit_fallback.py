"""Rate limits when the shared counter is away: this process counts by itself, and says so in the log.

Limits protect the service; losing Redis must neither stop payments nor open the gates.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from tongbao_platform.http.rate_limit import Limiter, Policy, Verdict

_log = logging.getLogger(__name__)

# After a failure the shared counter is left alone for a while, so that its time-outs do not slow every request down.
REST_SECONDS: Final = 5.0


class FallbackLimiter:
    """Asks ``shared``; while that fails, ``own`` counts instead."""

    def __init__(self, shared: Limiter, own: Limiter, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._shared = shared
        self._own = own
        self._monotonic = monotonic
        self._resting_until = float("-inf")

    async def take(self, key: str, policy: Policy) -> Verdict:
        """Count a request, never raising for the shared counter's sake."""
        if self._monotonic() < self._resting_until:
            return await self._own.take(key, policy)
        try:
            return await self._shared.take(key, policy)
        except Exception:  # noqa: BLE001 - whatever its client raises, the answer is the same
            self._resting_until = self._monotonic() + REST_SECONDS
            _log.exception("the shared rate limiter does not answer; this process counts alone")
            return await self._own.take(key, policy)
