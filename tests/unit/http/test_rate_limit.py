"""Rate limits: a burst up to the quota, then a steady flow; the same in memory and in Redis."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from tongbao_platform.http.ip_limit import network_of
from tongbao_platform.http.rate_limit import MemoryLimiter, Policy, judge, limit_headers
from tongbao_platform.http.rate_limit_redis import RedisLimiter
from tongbao_platform.kernel.clock import SystemClock
from tongbao_platform.kernel.ids import UuidV7Ids

POLICY = Policy("write", 5, 10)


async def test_a_burst_passes_and_then_one_per_interval() -> None:
    now_ns = [10**12]
    limiter = MemoryLimiter(lambda: now_ns[0])
    verdicts = [await limiter.take("a", POLICY) for _ in range(6)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0]
    assert verdicts[-1].retry_after_seconds == 2
    assert (await limiter.take("b", POLICY)).allowed
    now_ns[0] += 2 * 10**9
    assert (await limiter.take("a", POLICY)).allowed
    assert not (await limiter.take("a", POLICY)).allowed


async def test_the_table_of_keys_does_not_grow_without_end() -> None:
    now_ns = [10**12]
    limiter = MemoryLimiter(lambda: now_ns[0], max_keys=10)
    for number in range(100):
        now_ns[0] += 10**9
        assert (await limiter.take(str(number), POLICY)).allowed
    assert len(limiter._taken_until) <= 10


@given(st.lists(st.integers(0, 5_000_000), max_size=60))
def test_no_window_lets_more_through_than_burst_and_flow(gaps: list[int]) -> None:
    now = taken_until = 0
    passed: list[int] = []
    for gap in gaps:
        now += gap
        verdict, taken_until = judge(taken_until, now, POLICY)
        if verdict.allowed:
            passed.append(now)
    for start in passed:
        assert sum(start <= at < start + 10_000_000 for at in passed) <= 2 * POLICY.quota


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = Redis(host="127.0.0.1", port=6379)
    yield client
    await client.aclose()


async def test_redis_counts_for_all_processes(redis: Redis) -> None:
    policy = Policy("test", 5, 1_000)
    key = UuidV7Ids(SystemClock()).new("req")
    limiters = [RedisLimiter(redis), RedisLimiter(redis)]
    verdicts = [await limiters[number % 2].take(key, policy) for number in range(7)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False] * 2
    assert [verdict.remaining for verdict in verdicts[:5]] == [4, 3, 2, 1, 0]
    assert 190 <= verdicts[-1].retry_after_seconds <= 200


def test_the_headers_say_policy_and_rest() -> None:
    verdict, _ = judge(0, 10**12, POLICY)
    assert limit_headers(POLICY, verdict) == [
        ("RateLimit-Policy", '"write";q=5;w=10'),
        ("RateLimit", '"write";r=4;t=2'),
    ]


def test_addresses_are_counted_as_networks() -> None:
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("2001:db8::1:2:3:4") == network_of("2001:db8::ffff") == "2001:db8::"
    assert network_of("") == "unknown"
