"""Run the server: the API in this process, its background work, or both; stop gracefully on SIGTERM and SIGINT.

On a signal ``/readyz`` turns 503 first, then no more connections are taken, what runs is finished, and the
committer drains. SIGTERM again changes nothing, for the end is near anyway; SIGINT again ends the process at once.
"""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server as Granian

from tongbao_platform.execution.cache import POLL_EVERY_SECONDS
from tongbao_platform.processes.delivering import delivery_jobs
from tongbao_platform.processes.foundation import Sources, open_foundation
from tongbao_platform.processes.logs import log_as_json
from tongbao_platform.processes.wiring import Server, build_server
from tongbao_platform.processes.worker import Worker
from tongbao_platform.settings import Settings
from tongbao_platform.storage.faults import Fault, fault_of
from tongbao_platform.storage.migrate import current_revision

_log = logging.getLogger("tongbao.serve")

# Kept-alive connections that carry nothing count too. Those above the limit are not accepted, probes neither, so it is
# far above what a load balancer keeps open.
MOST_CONNECTIONS: Final = 8_192
# Files that are no connections of clients: the database, webhooks being sent, logs.
_OTHER_FILES: Final = 256
_BACKLOG: Final = 1_024
# How long a stopping process waits for the rest of a request that a slow sender has begun.
_ARRIVAL_SECONDS: Final = 3.0
# How long a starting process waits for its database.
_DATABASE_SECONDS: Final = 30.0
_LOOK_EVERY_SECONDS: Final = 0.1


async def serve(settings: Settings, *, api: bool, workers: bool, lifeline: int | None = None) -> None:
    """Run until a signal comes, or until ``lifeline`` (a file descriptor) is closed at its other end."""
    log_as_json(sys.stderr)
    _allow_many_connections()
    stopping = _stop_on_signals(lifeline)
    if not await _database_is_there(settings, stopping):
        return
    async with open_foundation(settings, Sources()) as foundation:
        server = await build_server(foundation, log=sys.stdout)
        async with running(server, api=api, workers=workers):
            _tune_interpreter()
            _log.info("serving %s", settings.base_url if api else "background work only")
            await stopping.wait()
            server.draining.set()
            _log.info("stopping: what runs is finished, nothing new is taken")


async def _database_is_there(settings: Settings, stopping: asyncio.Event) -> bool:
    """Wait for a database that is restarting; false when a signal came first, its error when it does not come back.

    Ending at once would only make a supervisor start this process over and over, each time at the price of a start.
    """
    give_up = time.monotonic() + _DATABASE_SECONDS
    while not stopping.is_set():
        try:
            await current_revision(settings.database_url)
        except Exception as error:
            if fault_of(error) is not Fault.UNAVAILABLE or time.monotonic() > give_up:
                raise
            _log.warning("the database is away; looking again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                    await stopping.wait()
        else:
            return True
    return False


def _stop_on_signals(lifeline: int | None) -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        if lifeline is not None:
            loop.remove_reader(lifeline)
        # Whoever presses the keys again has waited long enough. What was answered is stored, so this loses nothing.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if lifeline is not None:
        loop.add_reader(lifeline, stop)
    return stopping


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as it may go: the usual 1,024 are meant for programs that use select()."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _most_connections() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, files - _OTHER_FILES))


def _tune_interpreter() -> None:
    """Collect rarely, for what was built at the start stays; hand the interpreter over quickly.

    The HTTP server's threads bring requests in under the interpreter's lock: waiting the usual 5 ms for it, they would
    let the event loop run dry.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(0.0005)


@asynccontextmanager
async def running(server: Server, *, api: bool = True, workers: bool = True) -> AsyncIterator[None]:
    """Run a wired server on the current event loop while the block lasts; leaving it drains everything."""
    freshness = asyncio.create_task(_keep_fresh(server), name="freshness")
    try:
        async with AsyncExitStack() as stack:
            stack.callback(server.secret_work.close)
            if workers:
                jobs = await stack.enter_async_context(delivery_jobs(server.foundation))
                worker = Worker([*server.jobs, *jobs], server.metrics.job)
                worker.start()
                stack.push_async_callback(worker.stop)
            if api:
                listener = _Listener(server)
                await listener.start()
                stack.push_async_callback(listener.stop, server.foundation.settings.drain_seconds)
            stack.callback(server.draining.set)
            yield
    finally:
        freshness.cancel()
        await asyncio.gather(freshness, return_exceptions=True)


class _Listener:
    """The HTTP server, embedded in the event loop of the committer: a request never changes threads."""

    def __init__(self, server: Server) -> None:
        settings = server.foundation.settings
        self._address = (settings.host, settings.port)
        self._in_flight = server.in_flight_limit
        self._granian = Granian(
            server.application,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
            backlog=_BACKLOG,
            # Granian means connections by this, not requests; those are counted in http/admission.py.
            backpressure=_most_connections(),
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; return when connections are accepted."""
        self._task = asyncio.create_task(self._granian.serve(), name="http")
        for _ in range(500):
            if self._task.done():
                self._task.result()
            try:
                _, writer = await asyncio.open_connection(*self._address)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            await writer.wait_closed()
            return
        raise TimeoutError("the HTTP server did not start")

    async def stop(self, seconds: float) -> None:
        """Take no more connections and give what runs ``seconds`` to finish.

        A request that has not arrived as a whole may take ``_ARRIVAL_SECONDS``: nothing was done for it yet.
        """
        self._granian.stop()  # type: ignore[no-untyped-call]  # granian leaves it untyped
        if self._task is None:
            return
        clock = asyncio.get_running_loop().time
        started = clock()
        while not self._task.done() and clock() - started < seconds:
            if self._in_flight.count == 0 and clock() - started > _ARRIVAL_SECONDS:
                return
            await asyncio.wait([self._task], timeout=_LOOK_EVERY_SECONDS)


async def _keep_fresh(server: Server) -> None:
    freshness = server.foundation.freshness
    while True:
        try:
            await freshness.check()
        except Exception:  # noqa: BLE001 - whatever it is, the next look may succeed
            # Caches then count as stale after a second and requests ask the database themselves.
            _log.exception("the version of cached rows could not be read")
        await asyncio.sleep(POLL_EVERY_SECONDS)
