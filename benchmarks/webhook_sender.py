"""How many webhooks a second one sender delivers to a receiver on loopback, beside bare aiohttp and plain httpx.

Run ``python benchmarks/webhook_sender.py``; it ends by itself after about half a minute and prints one row per client
and concurrency: median, lowest and highest rate of interleaved runs, the 50th and 99th percentile of an exchange, and
this process's CPU time for each. The receiver runs in a process of its own and answers 204.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection

import aiohttp
import httpx
import msgspec

from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.sign import new_secret, signature_headers

BODY = b'{"id":"evt_1","type":"payment.succeeded","data":{"note":"' + b"x" * 900 + b'"}}'
DEADLINE_SECONDS = 15.0

Post = Callable[[], Awaitable[None]]


class Run(msgspec.Struct, frozen=True):
    """One run: exchanges per second, latencies in milliseconds, CPU microseconds for each exchange."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


class AnsweringProtocol(asyncio.Protocol):
    """A receiver as cheap as possible: counts bytes, answers 204."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells the type checker
        self._transport = transport
        self._pending = bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._pending += data
        while (end := self._pending.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._pending[:end]).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._pending) < end + 4 + length:
                return
            del self._pending[: end + 4 + length]
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def serve(port_out: Connection) -> None:
    """Run the receiver until the process is ended."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(AnsweringProtocol, "127.0.0.1", 0)
        port_out.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def measure(post: Post, concurrency: int, seconds: float) -> Run:
    """Let ``concurrency`` loops post for ``seconds`` and return the figures."""
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def loop() -> None:
        while (started := time.perf_counter()) < until:
            await post()
            latencies.append((time.perf_counter() - started) * 1_000)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(loop() for _ in range(concurrency)))
    elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu
    latencies.sort()
    count = len(latencies)
    return Run(count / elapsed, latencies[count // 2], latencies[count * 99 // 100], cpu / count * 1e6)


async def compare(port: int, concurrencies: list[int], runs: int, seconds: float) -> None:
    """Print the table."""
    url = f"http://127.0.0.1:{port}/hooks"
    secret = new_secret()
    async with AsyncExitStack() as stack:
        guard = AddressGuard(loopback_allowed=True)
        sender = await stack.enter_async_context(open_sender(guard, SenderLimits(in_flight=max(concurrencies))))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=max(concurrencies)))
        )
        limits = httpx.Limits(max_connections=max(concurrencies), max_keepalive_connections=max(concurrencies))
        plain = await stack.enter_async_context(httpx.AsyncClient(limits=limits, timeout=None, trust_env=False))  # noqa: S113 - a run has its own end

        def headers() -> dict[str, str]:
            return signature_headers(
                event_id="evt_1", timestamp_seconds=int(time.time()), body=BODY, valid_secrets=[secret]
            )

        async def by_sender() -> None:
            result = await sender.send(url, headers(), BODY, DEADLINE_SECONDS)
            if result.status != 204:
                raise RuntimeError(f"{result.failure}: {result.detail}")

        async def by_aiohttp() -> None:
            async with session.post(url, data=BODY, headers=headers()) as response:
                await response.read()

        async def by_httpx() -> None:
            await plain.post(url, content=BODY, headers=headers())

        clients: dict[str, Post] = {"sender": by_sender, "aiohttp": by_aiohttp, "httpx": by_httpx}
        print(
            f"{'client':8} {'conc.':>5} {'per s':>7} {'low':>7} {'high':>7} {'p50 ms':>7} {'p99 ms':>8} {'CPU us':>7}"
        )
        for concurrency in concurrencies:
            figures: dict[str, list[Run]] = {name: [] for name in clients}
            for _ in range(runs):
                for name, post in clients.items():
                    figures[name].append(await measure(post, concurrency, seconds))
            for name, measured in figures.items():
                rates = [run.rate for run in measured]
                median = statistics.median
                print(
                    f"{name:8} {concurrency:5} {median(rates):7.0f} {min(rates):7.0f} {max(rates):7.0f} "
                    f"{median(run.p50_ms for run in measured):7.2f} {median(run.p99_ms for run in measured):8.2f} "
                    f"{median(run.cpu_us for run in measured):7.0f}"
                )


def main() -> None:
    """Start the receiver, compare, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    port_in, port_out = multiprocessing.Pipe(duplex=False)
    receiver = multiprocessing.get_context("spawn").Process(target=serve, args=(port_out,), daemon=True)
    receiver.start()
    try:
        asyncio.run(compare(port_in.recv(), options.concurrency, options.runs, options.seconds))
    finally:
        receiver.terminate()
        receiver.join()


if __name__ == "__main__":
    main()
