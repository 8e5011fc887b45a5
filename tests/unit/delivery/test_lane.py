"""One endpoint's lane: places, waiting places, and when a delivery without a place comes back."""

import asyncio

from tongbao_platform.delivery.lane import SLOW_MS, Lane, LaneLimits
from tongbao_platform.kernel.clock import Instant

NOW = Instant(1_000_000)


async def test_places_are_limited_and_given_on() -> None:
    lane = Lane(LaneLimits(under_way=2, waiting=1))
    assert await lane.enter()
    assert await lane.enter()
    third = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    assert not await lane.enter()
    assert not third.done()
    lane.leave()
    assert await third
    lane.leave()
    lane.leave()
    assert lane.is_idle


async def test_nobody_waits_for_longer_than_allowed() -> None:
    lane = Lane(LaneLimits(under_way=1, waiting=1, wait_seconds=0))
    assert await lane.enter()
    assert not await lane.enter()
    lane.leave()
    assert await lane.enter()


async def test_an_endpoint_that_failed_or_was_slow_has_no_waiting_places() -> None:
    lane = Lane(LaneLimits(under_way=1, waiting=1, wait_seconds=60))
    assert await lane.enter()
    for delivered, duration_ms in ((False, 0), (True, SLOW_MS + 1)):
        lane.note(delivered=delivered, duration_ms=duration_ms)
        assert not await lane.enter()
    lane.leave()
    assert not lane.is_idle
    lane.note(delivered=True, duration_ms=SLOW_MS)
    assert lane.is_idle


async def test_those_without_a_place_come_back_one_after_the_other() -> None:
    lane = Lane(LaneLimits())
    turns = [lane.next_turn(NOW) - NOW for _ in range(3)]
    assert turns == [1_000, 1_002, 1_004]
    lane.note(delivered=True, duration_ms=400)
    assert lane.next_turn(NOW) - NOW == 1_104
    lane.note(delivered=False, duration_ms=0)
    assert [lane.next_turn(NOW) - NOW for _ in range(2)] == [1_354, 1_604]
    assert lane.next_turn(Instant(NOW + 60_000)) - NOW == 61_000


def test_a_backlog_put_off_while_an_endpoint_was_slow_comes_back_within_ten_seconds() -> None:
    lane = Lane(LaneLimits())
    lane.note(delivered=True, duration_ms=16_000)
    turns = [lane.next_turn(Instant(0)) for _ in range(50)]
    assert turns[0] < turns[1] <= turns[-1] == 10_000
