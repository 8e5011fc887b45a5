"""An event loop with virtual time and a seeded order: hours pass at once, and one seed always runs the same way."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from tongbao_platform.kernel.clock import Instant

LONGEST_RUN_SECONDS = 30 * 86_400.0


class Stalled(Exception):
    """Everybody waits for something that nobody will do, or the run takes longer than a month of virtual time."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order drawn from ``random``; when nothing is, time jumps to the next timer.

    It has no sockets and no threads. What it was told of by tasks that nobody awaited is in ``complaints``.
    """

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._now = 0.0
        # BaseEventLoop asks its selector for events and tells it how long it may wait.
        self._selector = self
        self._ready: deque[Any]
        self.complaints: list[str] = []
        self.set_exception_handler(self._complain)

    def time(self) -> float:
        """Return the virtual time in seconds since the loop was made."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Let ``timeout`` seconds pass at once."""
        if timeout is None:
            raise Stalled("everybody waits and no timer is set")
        self._now += timeout
        if self._now > LONGEST_RUN_SECONDS:
            raise Stalled("the run does not come to an end")
        return []

    def _process_events(self, events: Iterable[Any]) -> None:
        del events

    def _write_to_self(self) -> None:
        """There is no other thread to be woken from."""

    def _run_once(self) -> None:
        if len(self._ready) > 1:
            handles = list(self._ready)
            self._random.shuffle(handles)
            self._ready.clear()
            self._ready.extend(handles)
        super()._run_once()  # type: ignore[misc]  # asyncio's own step, which typeshed does not show

    def _complain(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        self.complaints.append(f"{context.get('message')}: {context.get('exception')!r}")

    def end(self) -> None:
        """Cancel whatever still runs, let it go, and close."""
        self.set_exception_handler(lambda loop, context: None)  # noqa: ARG005 - asyncio's callback
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.close()


class LoopClock:
    """The platform's clock on a loop's virtual time."""

    def __init__(self, start: Instant, seconds: Callable[[], float]) -> None:
        self._start = start
        self._seconds = seconds

    def now(self) -> Instant:
        """Return the virtual instant in milliseconds."""
        return Instant(self._start + int(self._seconds() * 1_000))
