"""The real application without sockets: signed requests go straight into it, as an HTTP server would hand them over."""

import asyncio
import gc
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from benchmarks.population import Client, Population
from benchmarks.signed_requests import ACCOUNT, METADATA, Caller, requests, token_form
from tongbao_platform.http.application import Application
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.wiring import build_server

IN_FLIGHT: Final = 32
_Message = MutableMapping[str, Any]
_CREATED: Final = 201


class Played(msgspec.Struct, frozen=True):
    """``count`` payments, all created, took ``seconds`` and ``cpu_seconds`` of the event loop's thread."""

    count: int
    seconds: float
    cpu_seconds: float


def signed(callers: list[Caller], population: Population, count: int) -> list[_Message]:
    """Return ``count`` signed requests for ``account`` payments, as ASGI scopes with their body."""
    made = requests(ACCOUNT, callers, list(population.parties), f"{secrets.token_hex(6)}-")
    return [_scope_of(next(made).octets) for _ in range(count)]


class WrongStatus(Exception):
    """The application did not create a payment."""


class InProcess:
    """An application that answers 32 callers at a time: a commit then has as many payments as under real load of 64."""

    def __init__(self, application: Application, base_url: str) -> None:
        self._application = application
        self._base_url = base_url

    async def callers(self, population: Population) -> list[Caller]:
        """Return every client with an access token."""
        return [Caller(self._base_url, client, await self._token(client)) for client in population.clients]

    async def play(self, scopes: list[_Message]) -> Played:
        """Send them all; ``WrongStatus`` unless each creates its payment."""
        waiting = iter(scopes)
        started, processor = time.perf_counter(), time.thread_time()
        await asyncio.gather(*(self._connection(waiting) for _ in range(IN_FLIGHT)))
        return Played(len(scopes), time.perf_counter() - started, time.thread_time() - processor)

    async def _connection(self, waiting: Iterator[_Message]) -> None:
        for scope in waiting:
            answer = _Answer()
            await self._application(scope, _Body(scope.pop("body")), answer)
            if answer.status != _CREATED:
                raise WrongStatus(f"{answer.status}: {answer.body[:500]!r}")

    async def _token(self, client: Client) -> str:
        metadata = await self._plain("GET", METADATA)
        form = token_form(client, metadata["issuer"])
        answer = await self._plain("POST", urlsplit(metadata["token_endpoint"]).path, form)
        return str(answer["access_token"])

    async def _plain(self, method: str, path: str, form: str = "") -> dict[str, Any]:
        head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(self._base_url).netloc}\r\n"
        if form:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n"
        scope, answer = _scope_of(head.encode() + b"\r\n" + form.encode()), _Answer()
        await self._application(scope, _Body(scope.pop("body")), answer)
        found: dict[str, Any] = json.loads(answer.body)
        return found


@asynccontextmanager
async def application(foundation: Foundation, folder: Path) -> AsyncIterator[InProcess]:
    """Give the application wired on ``foundation``, its access log written to a file as the server's is."""
    with (folder / "access.log").open("a") as log:
        server = await build_server(foundation, log=log)
        await foundation.freshness.check()
        freshness = asyncio.create_task(_keep_fresh(foundation))
        try:
            yield InProcess(server.application, foundation.settings.base_url)
        finally:
            freshness.cancel()
            server.secret_work.close()


def tune_interpreter() -> None:
    """Collect garbage as rarely as the server does (``processes.serve``)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _keep_fresh(foundation: Foundation) -> None:
    while True:
        await foundation.freshness.check()
        await asyncio.sleep(0.5)


def _scope_of(octets: bytes) -> _Message:
    """Return what a server makes of a request: an ASGI scope, with the body under ``body``."""
    head, _, body = octets.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.decode().split(" ")
    fields = [line.partition(b":") for line in lines]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value.strip()) for name, _, value in fields],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
        "body": body,
    }


class _Body:
    def __init__(self, body: bytes) -> None:
        self._message: _Message = {"type": "http.request", "body": body, "more_body": False}

    async def __call__(self) -> _Message:
        return self._message


class _Answer:
    def __init__(self) -> None:
        self.status = 0
        self.body = b""

    async def __call__(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message["body"]
