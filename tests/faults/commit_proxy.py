"""A TCP proxy before PostgreSQL that can cut a writer's connection exactly at its COMMIT.

It reads the frontend's messages (PostgreSQL manual, "Message Formats"): a simple query ``COMMIT`` is the moment. Cut
before, the server never sees it; cut after, the server gets it and its answer goes nowhere. The client cannot tell the
two apart, and that is the point.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Final

_PROTOCOL_3: Final = 196_608
_COMMIT: Final = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_WRITER: Final = b"\x00application_name\x00tongbao-writer\x00"


class Cut(Enum):
    """Where the connection is cut."""

    BEFORE = "before the server gets it"
    AFTER = "after the server got it, before its answer returns"


class Frames:
    """Splits what a client sends into whole messages; ``is_writer`` once it has said so."""

    def __init__(self) -> None:
        self.is_writer = False
        self._rest = b""
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are complete now."""
        self._rest += data
        whole: list[bytes] = []
        while message := self._next():
            whole.append(message)
        return whole

    def _next(self) -> bytes:
        # Before the start-up message is through, messages have no type octet.
        head = 0 if not self._begun else 1
        if len(self._rest) < head + 4:
            return b""
        length = head + int.from_bytes(self._rest[head : head + 4], "big")
        if len(self._rest) < length:
            return b""
        message, self._rest = self._rest[:length], self._rest[length:]
        if not self._begun and int.from_bytes(message[4:8], "big") == _PROTOCOL_3:
            self._begun = True
            self.is_writer = _WRITER in message[7:]
        return message


class CommitProxy:
    """``arm`` it, and the next COMMIT of any writer behind it is cut; ``made`` then holds when (loop time)."""

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self._server_port = server_port
        self._armed: tuple[Cut, asyncio.Future[float]] | None = None
        self._open: set[asyncio.Task[None]] = set()

    def arm(self, cut: Cut) -> "asyncio.Future[float]":
        """Cut the next COMMIT; the future tells the loop's time when it was done."""
        made: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._armed = (cut, made)
        return made

    def disarm(self) -> None:
        """Let all pass again."""
        self._armed = None

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.create_task(_copy(upstream, writer))
        try:
            await self._carry(reader, downstream, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # either side is gone, or the run is over
        finally:
            writer.transport.abort()
            # What the server says to a COMMIT it got is read, so that it is not disturbed while it commits.
            downstream.close()
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _carry(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        frames = Frames()
        while data := await reader.read(65_536):
            for message in frames.feed(data):
                if message == _COMMIT and frames.is_writer and self._armed is not None:
                    cut, made = self._armed
                    self._armed = None
                    client.transport.abort()
                    if cut is Cut.AFTER:
                        server.write(message)
                        await server.drain()
                    made.set_result(asyncio.get_running_loop().time())
                    return
                server.write(message)
            await server.drain()

    async def end(self) -> None:
        """Drop every connection."""
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.transport.abort()


@asynccontextmanager
async def commit_proxy(server_port: int) -> AsyncIterator[CommitProxy]:
    """Run a proxy before the PostgreSQL server on ``server_port``."""
    proxy = CommitProxy(server_port)
    listener = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        await proxy.end()
        await listener.wait_closed()
