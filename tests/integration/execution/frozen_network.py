"""A network that can swallow everything: what is sent is never answered, and nothing says so."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class FrozenNetwork:
    """Forwards bytes to a server until ``frozen``; then it swallows them, and new connections get no answer."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._flows: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._thawed = asyncio.Event()
        self._thawed.set()
        self.url = ""
        self.frozen_by: bytes | None = None

    def freeze(self) -> None:
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        self._writers.append(back)
        self._flows.append(asyncio.create_task(self._flow(reader, back, watched=True)))
        self._flows.append(asyncio.create_task(self._flow(there, writer, watched=False)))

    async def _flow(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, watched: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                if watched and self.frozen_by is not None and self.frozen_by in data:
                    self.frozen_by = None
                    self.freeze()
                await self._thawed.wait()
                target.write(data)
                await target.drain()
            target.close()

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = urlunsplit(self._parts._replace(netloc=f"{self._parts.username}@127.0.0.1:{port}"))
        return server

    async def close(self) -> None:
        for flow in self._flows:
            flow.cancel()
        await asyncio.gather(*self._flows, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def frozen_network(url: str) -> AsyncIterator[FrozenNetwork]:
    """Stand between a client and the server of ``url``; the client uses the network's ``url``."""
    network = FrozenNetwork(url)
    server = await network.serve()
    try:
        yield network
    finally:
        server.close()
        await network.close()
        await server.wait_closed()
