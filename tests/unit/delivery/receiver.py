"""A webhook receiver on loopback that answers exactly the bytes, or the silence, that a test wants."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """What the receiver is reached under and what it has seen."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.port = 0
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._handlers: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/hooks", host: str = "127.0.0.1") -> str:
        """Return the receiver's URL under ``host``."""
        return f"http://{host}:{self.port}{path}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other, until either side closes it."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                self.heads.append(head)
                length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
                self.bodies.append(await reader.readexactly(int(length.partition(":")[2])))
                await self.script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass  # the sender went away, or the test is over
        finally:
            self._handlers.discard(task)
            writer.transport.abort()

    async def stop(self) -> None:
        """End all connections."""
        handlers = tuple(self._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


@asynccontextmanager
async def receiving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1; ``script`` runs once per request, after its body was read."""
    receiver = Receiver(script)
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.stop()
        await server.wait_closed()


def answering(data: bytes, *, then: str = "keep") -> Script:
    """Return a script that sends ``data`` and keeps the connection, or ends it as ``then`` says."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then == "close":
            writer.close()
            await writer.wait_closed()
        elif then == "half-close":
            writer.write_eof()
            await _closed_by_peer(reader)
        elif then == "reset":
            _reset(writer)

    return script


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """Return the bytes of a whole answer."""
    lines = [f"HTTP/1.1 {code} Whatever", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Answer nothing until the sender goes away."""
    await _closed_by_peer(reader)


def dripping(head: bytes, drop: bytes) -> Script:
    """Return a script that sends ``head`` and then ``drop`` again and again, slowly, until the sender goes away."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        gone = asyncio.ensure_future(_closed_by_peer(reader))
        try:
            while not (await asyncio.wait({gone}, timeout=0.02))[0]:
                writer.write(drop)
                await writer.drain()
        finally:
            gone.cancel()

    return script


async def _closed_by_peer(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass
    raise ConnectionResetError


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset instead of an orderly end."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
