"""The clock of stages: who is charged, how often, and that whatever is wrapped does what it did."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from benchmarks.stage_clock import StageClock


class Time:
    """A time that passes only when it is told to; ``idle`` time is not the processor's."""

    def __init__(self) -> None:
        self.at = 0
        self.idle = 0
        self.per_reading = 0

    def now(self) -> int:
        self.at += self.per_reading
        return self.at

    def processor(self) -> int:
        return self.at - self.idle

    def work(self, nanoseconds: int) -> None:
        self.at += nanoseconds

    def lose(self, nanoseconds: int) -> None:
        self.at += nanoseconds
        self.idle += nanoseconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def clock(time: Time) -> StageClock:
    return StageClock(time.now, time.processor)


def spent(clock: StageClock) -> dict[str, Any]:
    return {name: (one.without_cost(), one.calls) for name, one in clock.spent().items()}


def test_a_stage_is_charged_without_the_stages_inside_it(clock: StageClock, time: Time) -> None:
    inner = clock.stage("inner", lambda: time.work(30))

    def both() -> None:
        time.work(10)
        inner()
        inner()
        time.work(5)

    clock.running = True
    clock.stage("outer", both)()
    assert spent(clock) == {"outer": (15, 1), "inner": (60, 2)}


async def test_a_coroutine_is_not_charged_for_what_runs_while_it_waits(clock: StageClock, time: Time) -> None:
    released = asyncio.Event()

    async def waits() -> str:
        time.work(5)
        await released.wait()
        time.work(6)
        return "done"

    clock.running = True
    task = asyncio.create_task(_awaited(clock.stage("waiting", waits)()))
    await asyncio.sleep(0)
    time.work(1_000)
    released.set()
    assert await task == "done"
    assert spent(clock) == {"waiting": (11, 2)}


def test_what_other_programs_took_is_taken_off_every_stage(clock: StageClock, time: Time) -> None:
    inner = clock.stage("inner", lambda: time.work(60))

    def both() -> None:
        inner()
        time.lose(40)

    clock.running = True
    clock.stage("outer", both)()
    assert clock.stolen == pytest.approx(0.4)
    assert spent(clock) == {"inner": (pytest.approx(36), 1), "outer": (pytest.approx(24), 1)}


def test_what_measuring_costs_is_taken_off(time: Time) -> None:
    time.per_reading = 7
    clock = StageClock(time.now, time.processor)
    inner = clock.stage("inner", lambda: time.work(100))

    def many() -> None:
        for _ in range(10):
            inner()

    clock.running = True
    clock.stage("outer", many)()
    assert spent(clock) == {"outer": (pytest.approx(0, abs=20), 1), "inner": (pytest.approx(1_000, abs=1), 10)}


async def _awaited(waited: Awaitable[str]) -> str:
    return await waited


async def test_exceptions_and_cancellation_reach_the_coroutine_and_come_back(clock: StageClock) -> None:
    seen: list[str] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        finally:
            seen.append("left")

    async def fails() -> None:
        raise KeyError("here")

    clock.running = True
    task = asyncio.create_task(clock.stage("stubborn", stubborn)())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled", "left"]
    with pytest.raises(KeyError, match="here"):
        await clock.stage("fails", fails)()
    clock.stage("after", str.upper)("a")
    assert set(clock.spent()) == {"stubborn", "fails", "after"}


async def test_a_stopped_clock_charges_nothing(clock: StageClock) -> None:
    async def answer() -> int:
        return 43

    assert await clock.stage("idle", answer)() == 43
    assert clock.stage("idle", lambda: 42)() == 42
    assert clock.spent() == {}


def test_a_name_may_depend_on_the_arguments(clock: StageClock) -> None:
    staged = clock.stage_by(lambda word: f"say {word}", str.upper)
    clock.running = True
    assert [staged("a"), staged("b"), staged("a")] == ["A", "B", "A"]
    assert {name: one.calls for name, one in clock.spent().items()} == {"say a": 2, "say b": 1}
