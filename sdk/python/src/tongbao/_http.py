"""The two drivers: they do what the rules yield, with httpx. The only module that knows httpx's names."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import httpx

from tongbao._effects import Alone, Exchange, Pause, Reply, Steps, TransportFailure

T = TypeVar("T")

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
_MAX_CONNECTIONS: Final = 100
# Failures before the first octet of the request can have left.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
    httpx.LocalProtocolError,
)


class BlockingDriver:
    """Does effects on the calling thread; safe to share between threads."""

    def __init__(self, client: httpx.Client | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client or httpx.Client(limits=_limits())
        self._owns_client = client is None
        self._sleep = sleep
        self._locks: dict[str, threading.Lock] = {}

    def run(self, steps: Steps[T]) -> T:
        """Run ``steps`` to the end and return their result."""
        try:
            effect = next(steps)
            while True:
                try:
                    result = self._do(effect)
                except Exception as error:  # noqa: BLE001 - whatever it is, the rule gets to see it
                    effect = steps.throw(error)
                else:
                    effect = steps.send(result)
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            steps.close()

    def _do(self, effect: Exchange | Pause | Alone) -> object:
        if isinstance(effect, Exchange):
            return self._exchange(effect)
        if isinstance(effect, Pause):
            self._sleep(effect.seconds)
            return None
        with self._locks.setdefault(effect.name, threading.Lock()):
            return self.run(effect.steps())

    def _exchange(self, exchange: Exchange) -> Reply:
        try:
            response = self._client.send(_request(exchange), stream=True, auth=None, follow_redirects=False)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    _check_size(len(body))
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise _failure(error) from error
        return _reply(response, bytes(body))

    def close(self) -> None:
        """Close the connections, unless the caller brought them."""
        if self._owns_client:
            self._client.close()


class AsyncDriver:
    """Does effects on the running asyncio loop."""

    def __init__(
        self, client: httpx.AsyncClient | None = None, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._client = client or httpx.AsyncClient(limits=_limits())
        self._owns_client = client is None
        self._sleep = sleep
        self._locks: dict[str, asyncio.Lock] = {}

    async def run(self, steps: Steps[T]) -> T:
        """Run ``steps`` to the end and return their result."""
        try:
            effect = next(steps)
            while True:
                try:
                    result = await self._do(effect)
                except Exception as error:  # noqa: BLE001 - whatever it is, the rule gets to see it
                    effect = steps.throw(error)
                else:
                    effect = steps.send(result)
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            steps.close()

    async def _do(self, effect: Exchange | Pause | Alone) -> object:
        if isinstance(effect, Exchange):
            return await self._exchange(effect)
        if isinstance(effect, Pause):
            return await self._sleep(effect.seconds)
        async with self._locks.setdefault(effect.name, asyncio.Lock()):
            return await self.run(effect.steps())

    async def _exchange(self, exchange: Exchange) -> Reply:
        try:
            response = await self._client.send(_request(exchange), stream=True, auth=None, follow_redirects=False)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    _check_size(len(body))
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise _failure(error) from error
        return _reply(response, bytes(body))

    async def close(self) -> None:
        """Close the connections, unless the caller brought them."""
        if self._owns_client:
            await self._client.aclose()


def _limits() -> httpx.Limits:
    return httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=_MAX_CONNECTIONS)


def _request(exchange: Exchange) -> httpx.Request:
    request = httpx.Request(
        exchange.method,
        exchange.origin + exchange.target,
        headers=exchange.headers,
        content=exchange.body,
        extensions={"timeout": httpx.Timeout(exchange.timeout_seconds).as_dict()},
    )
    # The signature covers the target: it must go out exactly as it was signed.
    if request.url.raw_path != exchange.target.encode("ascii"):
        raise TransportFailure("the HTTP library changed the request-target", sent=False)
    return request


def _reply(response: httpx.Response, body: bytes) -> Reply:
    fields = [
        (name.decode("ascii", "replace").lower(), value.decode("latin-1")) for name, value in response.headers.raw
    ]
    return Reply(status=response.status_code, fields=fields, body=body)


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise TransportFailure("the answer is too large", sent=True)


def _failure(error: Exception) -> TransportFailure:
    return TransportFailure(
        str(error) or type(error).__name__,
        sent=not isinstance(error, _NOT_SENT),
        timed_out=isinstance(error, httpx.TimeoutException),
    )
