"""Background work: each job runs again and again until the process stops.

A job returns how much it did. One that did something runs again at once; an idle one waits for its interval or for a
nudge. A failing job is logged, waits, and tries again: nothing it does is lost by that, for what is due stays due.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from tongbao_platform.kernel.errors import PlatformFault

_log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 30.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do when it is due; ``run`` returns how much it did.

    A run that did at least ``full`` runs again at once; after every other one it rests ``rest_seconds`` at least.
    """

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[int]]
    nudged: asyncio.Event | None = None
    rest_seconds: float = 0.0
    full: int = 1


class Worker:
    """Runs jobs side by side on the event loop. ``counted`` is told (job, done or -1 for a failure) after each run."""

    def __init__(self, jobs: Sequence[Job], counted: Callable[[str, int], None] | None = None) -> None:
        self._jobs = jobs
        self._counted = counted
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; call inside the event loop."""
        self._tasks = [asyncio.create_task(self._repeat(job), name=job.name) for job in self._jobs]

    async def stop(self) -> None:
        """Let every job finish what it is doing, and end."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def _repeat(self, job: Job) -> None:
        failures = 0
        while not self._stopping.is_set():
            done = await self._run_once(job)
            if self._counted is not None:
                self._counted(job.name, done)
            failures = failures + 1 if done < 0 else 0
            if done < job.full and job.rest_seconds:
                await self._pause(job.rest_seconds)
            if done <= 0:
                await self._pause(min(job.every_seconds * 2**failures, LONGEST_PAUSE_SECONDS), job.nudged)

    async def _run_once(self, job: Job) -> int:
        if job.nudged is not None:
            job.nudged.clear()
        try:
            return await job.run()
        except PlatformFault as fault:
            _log.warning("job %s will try again: %s", job.name, fault)
        except Exception:  # noqa: BLE001 - a bug in one job must not stop the others
            _log.exception("job %s failed", job.name)
        return -1

    async def _pause(self, seconds: float, nudged: asyncio.Event | None = None) -> None:
        waits = [asyncio.create_task(self._stopping.wait())]
        if nudged is not None:
            waits.append(asyncio.create_task(nudged.wait()))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await wait
