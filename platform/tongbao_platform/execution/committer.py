"""The committer: everything that changes a row goes through here, in batches, one transaction each.

A batch is whatever queued up while the last commit was in flight, at most ``MAX_BATCH``; an idle system commits at
once. There is one committer per process and database. What each database error means is in ``recovery.py``.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from tongbao_platform.execution.operation import Context, Operation, Outcome
from tongbao_platform.execution.recovery import Recovery, tell_all
from tongbao_platform.execution.tools import Tools
from tongbao_platform.execution.work import Work
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded
from tongbao_platform.storage.database import Database
from tongbao_platform.storage.session import WriteSession

_log = logging.getLogger(__name__)

C = TypeVar("C")
T = TypeVar("T")

MAX_BATCH = 256
# About a second's work; an operation waits five at most.
MAX_QUEUE = 1_024
WAIT_LIMIT_SECONDS = 5.0

Job = Callable[[WriteSession], Awaitable[Any]]


class Committer:
    """Runs operations and worker jobs on the one write session of this process.

    ``on_commit`` is called after each commit, with whether cached rows changed, before any waiter learns of it.
    """

    def __init__(
        self,
        database: Database,
        tools: Tools,
        on_commit: Callable[[bool], object] = bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._recovery = Recovery(database, tools, on_commit, monotonic)
        self._queue: deque[Work] = deque()
        self._jobs: deque[tuple[Job, asyncio.Future[Any]]] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._running: list[Work] = []
        self._stopping = False

    def start(self) -> None:
        """Begin to work; call inside the event loop."""
        self._loop = asyncio.create_task(self._run_loop(), name="committer")

    async def stop(self) -> None:
        """Take no more, finish what is queued, close the session."""
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await self._loop
        await self._recovery.close()

    @property
    def queued(self) -> int:
        """How many operations wait for the next batch."""
        return len(self._queue)

    async def run(self, operation: Operation[C], command: C, context: Context) -> Outcome:
        """Run one operation and return what became of it, committed.

        Raises ``Overloaded`` (queue full, time limit, database away: nothing happened), ``OutcomeInDoubt`` (the commit
        was sent and its fate is unknown) or another ``PlatformFault`` (a fault of ours: nothing happened).
        """
        if self._stopping:
            raise Overloaded("the service is stopping")
        if len(self._queue) >= MAX_QUEUE:
            raise Overloaded("too many requests are waiting")
        work = Work(operation, command, context, self._monotonic() + WAIT_LIMIT_SECONDS)
        self._queue.append(work)
        self._wake.set()
        return await work.waiter

    async def perform(self, job: Callable[[WriteSession], Coroutine[Any, Any, T]]) -> T:
        """Run a worker's statement in a transaction of its own, between batches."""
        if self._stopping:
            raise Overloaded("the service is stopping")
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((job, waiter))
        self._wake.set()
        return await waiter

    async def _run_loop(self) -> None:
        try:
            await self._work_until_stopped()
        finally:
            # However the loop ended, nobody waits for what nobody does.
            self._stopping = True
            tell_all(self._running, OutcomeInDoubt("the service stopped in the middle of it"))
            tell_all(self._queue, Overloaded("the service has stopped"))
            for _, waiter in self._jobs:
                _refuse(waiter, Overloaded("the service has stopped"))

    async def _work_until_stopped(self) -> None:
        while True:
            if not self._queue and not self._jobs:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            if self._queue:
                await self._run_batch()
            if self._jobs:
                await self._run_job(*self._jobs.popleft())

    async def _run_batch(self) -> None:
        self._running = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]
        try:
            deferred = await self._recovery.settle(self._running)
        except Exception:  # noqa: BLE001 - the loop must outlive any one batch
            _log.exception("the recovery from a failure failed")
            tell_all(self._running, OutcomeInDoubt("its outcome is not known"))
            deferred = []
        self._queue.extendleft(reversed(deferred))
        all_wait = bool(deferred) and len(deferred) == len(self._running)
        self._running = []
        if all_wait:
            # Everything waits for rows locked elsewhere; let the loop breathe before asking again.
            await asyncio.sleep(0.01)

    async def _run_job(self, job: Job, waiter: "asyncio.Future[Any]") -> None:
        try:
            result = await self._recovery.run_job(job)
        except Exception as fault:  # noqa: BLE001 - whatever it is belongs to the one who asked
            _refuse(waiter, fault)
        except BaseException:
            _refuse(waiter, OutcomeInDoubt("the service stopped in the middle of it"))
            raise
        else:
            with contextlib.suppress(asyncio.InvalidStateError):
                waiter.set_result(result)


def _refuse(waiter: "asyncio.Future[Any]", fault: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(fault)
