"""The slow work on passwords and PINs: on a few threads, with a limit to the queue, one guess at a time per person."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

T = TypeVar("T")

THREADS: Final = 2
MOST_WAITING: Final = 64
MOST_IN_LINE: Final = 8
RETRY_AFTER_SECONDS: Final = 2


class TooBusy(Exception):
    """The queue is full and nothing was done; the visitor is asked to come back after ``retry_after_seconds``."""

    def __init__(self) -> None:
        super().__init__("too many passwords and PINs wait to be verified")
        self.retry_after_seconds = RETRY_AFTER_SECONDS


class SecretWork:
    """Runs argon2id off the event loop. One per process; ``close`` it at the end.

    ``most_waiting`` calls may run or wait in all, and ``most_in_line`` for the same person; beyond that ``TooBusy`` is
    raised at once.
    """

    def __init__(
        self, threads: int = THREADS, most_waiting: int = MOST_WAITING, most_in_line: int = MOST_IN_LINE
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="secret-work")
        self._most_waiting = most_waiting
        self._most_in_line = most_in_line
        self._waiting = 0
        self._lines: dict[str, _Line] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, called in a thread."""
        if self._waiting >= self._most_waiting:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def turn(self, subject: str) -> AsyncIterator[None]:
        """Give the turn of ``subject``: whoever guesses in parallel has every guess counted before the next is tried.

        The line is this process's own; with several processes as many guesses can overlap.
        """
        line = self._lines.setdefault(subject, _Line())
        if line.length >= self._most_in_line:
            raise TooBusy
        line.length += 1
        try:
            async with line.lock:
                yield
        finally:
            line.length -= 1
            if line.length == 0:
                del self._lines[subject]

    def close(self) -> None:
        """Take no more work and let the threads end."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Line:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.length = 0
