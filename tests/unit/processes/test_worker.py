"""Background jobs: busy ones go on, idle ones wait or are nudged, failing ones try again and harm nobody."""

import asyncio

from tongbao_platform.kernel.errors import Overloaded
from tongbao_platform.processes.worker import Job, Worker


class Counted:
    """Remembers runs and lets a test wait for the n-th one."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, int]] = []
        self._changed = asyncio.Event()

    def __call__(self, name: str, done: int) -> None:
        self.runs.append((name, done))
        self._changed.set()

    async def until(self, number: int) -> None:
        async with asyncio.timeout(10):
            while len(self.runs) < number:
                self._changed.clear()
                await self._changed.wait()


async def test_a_job_with_work_runs_again_at_once_and_rests_when_idle() -> None:
    left = [3, 2, 1]
    counted = Counted()

    async def run() -> int:
        return left.pop(0) if left else 0

    worker = Worker([Job(name="job", every_seconds=1_000, run=run)], counted)
    worker.start()
    await counted.until(4)
    await worker.stop()
    assert counted.runs == [("job", 3), ("job", 2), ("job", 1), ("job", 0)]


async def test_a_nudge_wakes_an_idle_job() -> None:
    nudge = asyncio.Event()
    counted = Counted()

    async def run() -> int:
        return 0

    worker = Worker([Job(name="job", every_seconds=1_000, run=run, nudged=nudge)], counted)
    worker.start()
    await counted.until(1)
    nudge.set()
    await counted.until(2)
    await worker.stop()


async def test_a_failing_job_tries_again_and_leaves_the_others_alone() -> None:
    counted = Counted()
    faults: list[Exception] = [Overloaded("busy"), ValueError("a bug")]

    async def failing() -> int:
        if faults:
            raise faults.pop(0)
        return 0

    async def fine() -> int:
        return 0

    jobs = [Job(name="failing", every_seconds=0.001, run=failing), Job(name="fine", every_seconds=0.001, run=fine)]
    worker = Worker(jobs, counted)
    worker.start()
    while len([name for name, _ in counted.runs if name == "failing"]) < 3:
        await counted.until(len(counted.runs) + 1)
    await worker.stop()
    assert [done for name, done in counted.runs if name == "failing"][:3] == [-1, -1, 0]
    assert all(done == 0 for name, done in counted.runs if name == "fine")


async def test_stopping_lets_a_job_finish() -> None:
    started, finish = asyncio.Event(), asyncio.Event()
    done: list[bool] = []

    async def run() -> int:
        started.set()
        await finish.wait()
        done.append(True)
        return 0

    worker = Worker([Job(name="job", every_seconds=1_000, run=run)])
    worker.start()
    await started.wait()
    stopping = asyncio.create_task(worker.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    finish.set()
    await stopping
    assert done == [True]
