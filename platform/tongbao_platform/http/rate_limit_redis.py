"""Rate limits shared by several processes: the same algorithm as ``rate_limit.judge`` in one Lua call to Redis."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from tongbao_platform.http.rate_limit import Policy, Verdict

# KEYS[1] the key; ARGV interval and window in microseconds. Redis' own clock, so that all processes agree.
_SCRIPT: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
local after = math.max(taken, now) + interval
local excess = after - now - window
if excess > 0 then
  return {0, 0, math.ceil((taken - now) / 1000000), math.ceil(excess / 1000000)}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return {1, math.floor((window - (after - now)) / interval), math.ceil((after - now) / 1000000), 0}
"""
_PREFIX: Final = "tongbao:limit:"


class RunsScripts(Protocol):
    """What is needed of a Redis client (``redis.asyncio.Redis`` is one)."""

    def register_script(self, script: str) -> Callable[..., Awaitable[Any]]:
        """Return a callable that runs ``script`` with ``keys`` and ``args``."""
        ...


class RedisLimiter:
    """Counts in Redis. A Redis that does not answer raises what its client raises."""

    def __init__(self, redis: RunsScripts) -> None:
        self._script = redis.register_script(_SCRIPT)

    async def take(self, key: str, policy: Policy) -> Verdict:
        """Count a request."""
        window_us = policy.window_seconds * 1_000_000
        answer: Sequence[int] = await self._script(
            keys=[f"{_PREFIX}{policy.name}|{key}"], args=[policy.interval_us, window_us]
        )
        allowed, remaining, reset, retry_after = (int(value) for value in answer)
        return Verdict(bool(allowed), remaining, reset, retry_after)
