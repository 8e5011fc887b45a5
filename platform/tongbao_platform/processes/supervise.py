"""Several server processes that share one address: start them, replace one that died, end all of them together.

The kernel spreads new connections over them, for each listens on the address itself (``SO_REUSEPORT``). This process
only watches; it opens no database and answers no request. When it dies, its children see their lifeline cut and end in
an orderly way.
"""

import io
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Final

from tongbao_platform.processes.logs import log_as_json

_log = logging.getLogger("tongbao.supervise")

# Whoever of the first ends by itself so soon could not start: wrong settings, no database. The others cannot either.
_START_SECONDS: Final = 10.0
# One that dies soon after its start dies again; it shall not take the processor from the others.
_RESTART_PAUSE_SECONDS: Final = 1.0
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def supervise(count: int, run: Callable[[int], int]) -> int:
    """Keep ``count`` processes running until SIGTERM or SIGINT; return when all have ended.

    ``run`` is called in each child with its lifeline, a file descriptor that reads as ended when this process is gone;
    it returns the exit status. The result is 0 when all ended well, else the first one's status that did not; one that
    cannot even start ends them all. SIGINT once more kills those that still run.
    """
    log_as_json(sys.stderr)
    # Blocked signals wait until they are asked for: none is lost between two looks.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        return _Supervisor(count, run).watch()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


class _Supervisor:
    def __init__(self, count: int, run: Callable[[int], int]) -> None:
        self._count = count
        self._run = run
        self._lifeline, self._held = os.pipe()
        self._children: set[int] = set()
        self._first: frozenset[int] = frozenset()
        self._first_until = 0.0
        self._may_start_at = 0.0
        self._stopping = False
        self._status = 0

    def watch(self) -> int:
        self._start_missing()
        self._first = frozenset(self._children)
        self._first_until = time.monotonic() + _START_SECONDS
        while True:
            self._start_missing()
            if self._stopping and not self._children:
                return self._status
            number = self._next_signal()
            if number == signal.SIGCHLD:
                self._reap()
            elif number is not None:
                self._stop(signal.SIGKILL if self._stopping and number == signal.SIGINT else signal.SIGTERM)

    def _next_signal(self) -> int | None:
        """Wait for a signal; ``None`` when it is time to start somebody."""
        if self._stopping or len(self._children) == self._count:
            return signal.sigwait(_SIGNALS)
        found = signal.sigtimedwait(_SIGNALS, max(0.0, self._may_start_at - time.monotonic()))
        return None if found is None else found.si_signo

    def _start_missing(self) -> None:
        if self._stopping or time.monotonic() < self._may_start_at:
            return
        while len(self._children) < self._count:
            try:
                self._children.add(self._start())
            except OSError:
                if not self._children:
                    raise
                # No memory or no process left for one more: that is no reason to end the healthy ones.
                _log.exception("a server process could not be started")
                self._may_start_at = time.monotonic() + _RESTART_PAUSE_SECONDS
                return

    def _start(self) -> int:
        # Nothing runs in this process beside this very loop: no thread, no event loop, no connection to share.
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            os.close(self._held)
            _write_whole_lines()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            status = self._run(self._lifeline)
        except BaseException:  # noqa: BLE001 - whatever it was, a child never goes on with its parent's work
            _log.exception("a server process failed")
        finally:
            os._exit(status)

    def _reap(self) -> None:
        """Take note of the children that ended; one signal may stand for several."""
        while self._children:
            child, encoded = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            self._children.discard(child)
            self._ended(child, os.waitstatus_to_exitcode(encoded))

    def _ended(self, child: int, status: int) -> None:
        could_not_start = status > 0 and child in self._first and time.monotonic() < self._first_until
        if self._stopping or could_not_start:
            self._status = self._status or _told_as(status)
        if could_not_start:
            self._stop(signal.SIGTERM)
        elif not self._stopping:
            _log.error("server process %d ended with %d; another one is started", child, status)
            self._may_start_at = time.monotonic() + _RESTART_PAUSE_SECONDS

    def _stop(self, number: int) -> None:
        if not self._stopping:
            _log.info("stopping %d server processes", len(self._children))
        self._stopping = True
        for child in self._children:
            os.kill(child, number)


def _told_as(status: int) -> int:
    """Return the exit status that stands for a child's; SIGTERM may meet it before it is ready to do as it is told."""
    if status >= 0:
        return status
    return 0 if status == -signal.SIGTERM else 1


def _write_whole_lines() -> None:
    """Write each line at once: several processes share the output, and none may end amid another's line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
