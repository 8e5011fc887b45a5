"""The sender over HTTP/1.1: httpx requests on aiohttp's connections, with the address guard at connect time.

Requests go to the transport itself: without a client on top there is nothing that could follow a redirect, keep a
cookie, or read a proxy or a password from the environment.

httpx has no limit on the total time and its own pool slows down with the number of connections; hence
``asyncio.timeout`` around the whole exchange and aiohttp's pool underneath.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.connect_guard import (
    CURRENT_NOTE,
    ConnectNote,
    GuardedResolver,
    GuardedSockets,
    Lookup,
    system_lookup,
)
from tongbao_platform.delivery.explain_failure import explain_failure
from tongbao_platform.delivery.sender import Failure, Sender, SendResult
from tongbao_platform.delivery.url_rules import check_url

MAX_BODY_BYTES: Final = 16 * 1024
_MAX_HEADER_CHARACTERS: Final = 1024

# What may help a merchant to find the fault; never Set-Cookie, Authorization or the like.
KEPT_HEADERS: Final = frozenset(
    "content-type content-length date location request-id retry-after server via webhook-delivery x-request-id".split()
)
_OWN_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "Tongbao-Webhooks/1",
}


class SenderLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one sender.

    ``in_flight`` exchanges run at once, further ones wait before their deadline starts. ``keepalive_seconds`` is
    below the 5 s after which common servers close an idle connection: a POST that meets the closing is a failed
    attempt.
    """

    in_flight: int = 200
    connect_seconds: float = 5.0
    dns_seconds: float = 2.0
    dns_threads: int = 16
    keepalive_seconds: float = 4.0


class _Answer:
    """What has arrived so far; it outlives the deadline."""

    def __init__(self) -> None:
        self.status_code: int | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = b""
        self.truncated = False


class HttpSender:
    """A ``Sender`` over an open transport; made by ``open_sender``."""

    def __init__(self, transport: httpx.AsyncBaseTransport, guard: AddressGuard, limits: SenderLimits) -> None:
        self._transport = transport
        self._guard = guard
        self._places = asyncio.Semaphore(limits.in_flight)
        self._extensions = {"timeout": {"connect": limits.connect_seconds}}

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        """Fulfil ``Sender.send``."""
        parsed = check_url(url, self._guard)
        if isinstance(parsed, tuple):
            return SendResult(status=None, failure="url_refused", detail=parsed[0].detail, duration_ms=0)
        note = ConnectNote(parsed.host)
        token = CURRENT_NOTE.set(note)
        try:
            async with self._places:
                request = httpx.Request(
                    "POST", url, headers=_with_own(headers), content=body, extensions=self._extensions
                )
                return await self._timed(request, note, deadline_seconds)
        except httpx.InvalidURL:
            return SendResult(status=None, failure="url_refused", detail="the URL cannot be used", duration_ms=0)
        finally:
            CURRENT_NOTE.reset(token)

    async def _timed(self, request: httpx.Request, note: ConnectNote, deadline_seconds: float) -> SendResult:
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = _Answer()
        failure: Failure | None = None
        detail = ""
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._exchange(request, answer)
        except TimeoutError:
            failure, detail = "deadline", f"not finished within {deadline_seconds:g} s"
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            failure, detail = explain_failure(error, note)
        return SendResult(
            status=answer.status_code,
            headers=answer.headers,
            body=answer.body,
            body_truncated=answer.truncated,
            failure=failure,
            detail=detail,
            duration_ms=int((loop.time() - started) * 1_000),
        )

    async def _exchange(self, request: httpx.Request, answer: _Answer) -> None:
        response = await self._transport.handle_async_request(request)
        try:
            answer.status_code = response.status_code
            answer.headers = _kept(response.headers)
            async for chunk in response.aiter_raw():
                answer.body = (answer.body + chunk)[:MAX_BODY_BYTES]
                if len(answer.body) == MAX_BODY_BYTES:
                    answer.truncated = True
                    break
        finally:
            await response.aclose()


@asynccontextmanager
async def open_sender(
    guard: AddressGuard,
    limits: SenderLimits,
    *,
    lookup: Lookup = system_lookup,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Sender]:
    """Open a sender for the running event loop and close all its connections at the end.

    ``lookup`` resolves names; ``tls`` replaces the default context (system trust store, verified chain and host name).
    """
    context = ssl.create_default_context() if tls is None else tls
    resolver = GuardedResolver(guard, lookup, timeout_seconds=limits.dns_seconds, threads=limits.dns_threads)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=context,
            resolver=resolver,
            use_dns_cache=False,  # the resolver keeps its answers, and the guard judges them on each use
            socket_factory=GuardedSockets(guard),
            keepalive_timeout=limits.keepalive_seconds,
            limit=limits.in_flight,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=_Response,
        trust_env=False,
    )
    transport = AiohttpTransport(verify=context, trust_env=False, client=session)
    try:
        yield HttpSender(transport, guard, limits)
    finally:
        await transport.aclose()
        await resolver.close()


class _Response(aiohttp.ClientResponse):
    """An answer whose reason phrase is dropped: the transport cannot pass on one that is not UTF-8."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:  # noqa: ANN401 - aiohttp keeps the type private
        await super().start(connection)
        self.reason = ""
        return self


def _with_own(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the delivery's headers and, where it does not say otherwise, the sender's own."""
    return _OWN_HEADERS | {name.lower(): value for name, value in headers.items()}


def _kept(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    """Return the allow-listed headers, each bounded and free of control characters."""
    pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers.raw)
    return tuple((name, _printable(value)) for name, value in pairs if name in KEPT_HEADERS)


def _printable(value: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in value[:_MAX_HEADER_CHARACTERS])
