"""A shared counter that fails is replaced, rested, and asked again."""

from tongbao_platform.http.rate_limit import MemoryLimiter, Policy, Verdict
from tongbao_platform.http.rate_limit_fallback import REST_SECONDS, FallbackLimiter

POLICY = Policy("read", 1, 60)


class Shared:
    def __init__(self) -> None:
        self.broken = True
        self.asked = 0

    async def take(self, key: str, policy: Policy) -> Verdict:
        self.asked += 1
        if self.broken:
            raise ConnectionError("away")
        return Verdict(True, 41, 1)


async def test_the_process_counts_alone_while_the_shared_counter_is_away() -> None:
    shared, now = Shared(), [100.0]
    limiter = FallbackLimiter(shared, MemoryLimiter(), lambda: now[0])
    assert (await limiter.take("a", POLICY)).allowed
    assert not (await limiter.take("a", POLICY)).allowed
    assert shared.asked == 1
    now[0] += REST_SECONDS
    shared.broken = False
    assert (await limiter.take("a", POLICY)).remaining == 41
    assert shared.asked == 2
