"""The guard at the two places where a connection gets its address: name resolution and the making of the socket.

Both tell their refusal through a context variable, because the layers above turn any ``OSError`` into "could not
connect". The variable holds a mutable note: the connection is attempted in child tasks, whose own context changes the
sender would not see.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from tongbao_platform.delivery.address_guard import AddressGuard

Lookup = Callable[[str], tuple[str, ...]]
"""Turns a host name into its addresses, blocking; raises ``OSError`` when there is none."""

_LOCALHOST: Final = ("127.0.0.1", "::1")
_MAX_CACHED_NAMES: Final = 4096
_CACHE_SECONDS: Final = 30.0


class ConnectNote:
    """What the guard has to say about the attempt at hand."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.refusal: str | None = None
        self.name_failure: str | None = None


CURRENT_NOTE: ContextVar[ConnectNote | None] = ContextVar("connect_note", default=None)


def system_lookup(host: str) -> tuple[str, ...]:
    """Ask the system for every address of ``host``; a scoped one keeps its ``%scope`` and is refused later."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedSockets:
    """Makes the socket of a connection, unless its address is denied."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def __call__(
        self, address_info: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
    ) -> socket.socket:
        """Return an unconnected socket for a ``getaddrinfo`` tuple; ``PermissionError`` when the guard refuses."""
        family, kind, protocol, _, address = address_info
        note = CURRENT_NOTE.get()
        # A socket that belongs to no attempt has no host that could plainly say loopback.
        reason = self._guard.refusal(str(address[0]), "" if note is None else note.host)
        if reason is not None:
            if note is not None:
                note.refusal = reason
            raise PermissionError(f"address refused: {reason}")
        return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Resolves names on threads of its own and refuses a name of which any address is denied.

    Look-ups of one name share one thread, so a name server that never answers holds one thread per name and not one per
    delivery; each waiter gives up after ``timeout_seconds``. Answers are kept for half a minute, and judged again on
    each use.
    """

    def __init__(self, guard: AddressGuard, lookup: Lookup, *, timeout_seconds: float, threads: int) -> None:
        self._guard = guard
        self._lookup = lookup
        self._timeout_seconds = timeout_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook-dns")
        self._running: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``; ``OSError`` when there are none, they come too late, or one is denied."""
        note = CURRENT_NOTE.get()
        try:
            addresses = await self._addresses(host)
        except OSError as error:
            if note is not None:
                note.name_failure = str(error)
            raise
        reason = self._guard.refusal_of_any(addresses, host if note is None else note.host)
        if reason is not None:
            if note is not None:
                note.refusal = reason
            raise PermissionError(f"address refused: {reason}")
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Forget waiting look-ups; one that is stuck in the system's resolver ends by itself."""
        for running in tuple(self._running.values()):
            running.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _addresses(self, host: str) -> tuple[str, ...]:
        if host == "localhost":  # never asked of a name server (RFC 6761 section 6.3)
            return _LOCALHOST
        loop = asyncio.get_running_loop()
        known = self._known.get(host)
        if known is not None and known[0] > loop.time():
            return known[1]
        running = self._running.get(host)
        if running is None:
            running = loop.run_in_executor(self._pool, self._lookup, host)
            self._running[host] = running
            running.add_done_callback(lambda done: self._remember(host, done))
        # Neither a waiter that gives up nor one that is canceled ends the look-up for the others.
        finished, _ = await asyncio.wait({running}, timeout=self._timeout_seconds)
        if not finished:
            raise OSError("the name was not resolved in time")
        return running.result()

    def _remember(self, host: str, done: asyncio.Future[tuple[str, ...]]) -> None:
        del self._running[host]
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._known) >= _MAX_CACHED_NAMES:
            self._known.clear()
        self._known[host] = (done.get_loop().time() + _CACHE_SECONDS, done.result())


def _result(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
