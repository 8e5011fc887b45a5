"""The load generator, a process of its own: ``python -m benchmarks.load_generator``.

It reads an ``Assignment`` (JSON) from the first line of its standard input, signs the requests, says ``ready``, waits
for a line, plays, and writes ``LoadFigures`` (JSON). Its 64 connections are kept alive, each with one request in
flight.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final, cast

import msgspec
import uvloop

from benchmarks.answers import Sampled, check_answers
from benchmarks.figures import percentile
from benchmarks.population import Client, Party
from benchmarks.signed_requests import Caller, Request, fetch_token, requests

CONNECTIONS: Final = 64
_WARM_UP: Final = 512
_SAMPLE_EVERY: Final = 97
_GRACE_SECONDS: Final = 20
# More than any machine does; a run that has used up its requests ends early.
_RATE_LIMIT: Final = 3_200


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What to play: payments of ``kind`` for ``seconds``; ``prefix`` is fresh and starts every merchant's number."""

    base_url: str
    kind: str
    seconds: float
    prefix: str
    clients: list[Client]
    parties: list[Party]
    ports: list[int] = []


class LoadFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` answers in ``seconds``; ``checked`` of them were verified, signature and content, afterwards."""

    count: int
    seconds: float
    cpu_seconds: float
    latency_ms: tuple[float, float, float]
    checked: int


class Play:
    """One run: requests still to send, and what came back."""

    def __init__(self, waiting: Iterator[Request], seconds: float) -> None:
        self.waiting = waiting
        self.until = time.perf_counter() + seconds
        self.seconds_taken: list[float] = []
        self.statuses: Counter[bytes] = Counter()
        self.sampled: list[Sampled] = []
        self.last_answer_at = 0.0

    def next_request(self) -> Request | None:
        """Return what to send next; ``None`` when time or requests are over."""
        return next(self.waiting, None) if time.perf_counter() < self.until else None

    def answered(self, request: Request, octets: bytes, started: float) -> None:
        """Take note of a whole answer."""
        self.last_answer_at = time.perf_counter()
        self.seconds_taken.append(self.last_answer_at - started)
        self.statuses[octets[9:12]] += 1
        if len(self.seconds_taken) % _SAMPLE_EVERY == 1:
            self.sampled.append(Sampled(request, octets))


class Connection(asyncio.Protocol):
    """A kept-alive HTTP/1.1 connection with one request in flight, read no further than it must be."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._request: Request | None = None
        self._started = 0.0
        self._read = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports do not say that they are asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self._request = self._play.next_request()
        if self._request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(self._request.octets)

    def data_received(self, data: bytes) -> None:
        """Take a whole answer and send the next request."""
        self._read = self._read + data if self._read else data
        end = self._read.find(b"\r\n\r\n")
        if end < 0 or self._request is None:
            return
        head = self._read[:end].lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        if len(self._read) < end + 4 + length:
            return
        self._play.answered(self._request, self._read, self._started)
        self._read, self._request = b"", None
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the run that this connection is through; being cut off amid a request is a failure."""
        if self.done.done():
            return
        if self._request is not None:
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))
        else:
            self.done.set_result(None)


async def play(ports: list[int], waiting: Iterator[Request], seconds: float) -> Play:
    """Send requests over all connections, spread over ``ports``, for ``seconds``; every answer must be 201."""
    run = Play(waiting, seconds)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds + _GRACE_SECONDS):
        pairs = [
            await loop.create_connection(lambda: Connection(run), "127.0.0.1", ports[number % len(ports)])
            for number in range(CONNECTIONS)
        ]
        await asyncio.gather(*(connection.done for _, connection in pairs))
    if set(run.statuses) != {b"201"}:
        shown = run.sampled[0].octets.partition(b"\r\n\r\n")[2][:500] if run.sampled else b""
        raise RuntimeError(f"answers were {dict(run.statuses)}, for example {shown!r}")
    return run


def measure(assignment: Assignment) -> LoadFigures:
    """Sign, wait for the word, play, check."""
    base_url = assignment.base_url
    callers = [Caller(base_url, client, fetch_token(base_url, client)) for client in assignment.clients]
    signed = requests(assignment.kind, callers, assignment.parties, assignment.prefix)
    warm_up = [next(signed) for _ in range(_WARM_UP)]
    timed = [next(signed) for _ in range(int(assignment.seconds * _RATE_LIMIT))]
    uvloop.run(play(assignment.ports or [int(assignment.base_url.rsplit(":", 1)[1])], iter(warm_up), _GRACE_SECONDS))
    print("ready", flush=True)
    if not sys.stdin.readline():
        raise SystemExit(1)
    started, cpu = time.perf_counter(), time.process_time()
    run = uvloop.run(
        play(assignment.ports or [int(assignment.base_url.rsplit(":", 1)[1])], iter(timed), assignment.seconds)
    )
    cpu = time.process_time() - cpu
    ascending = sorted(1_000 * taken for taken in run.seconds_taken)
    p50, p95, p99 = (percentile(ascending, share) for share in (0.5, 0.95, 0.99))
    return LoadFigures(
        count=len(ascending),
        seconds=run.last_answer_at - started,
        cpu_seconds=cpu,
        latency_ms=(p50, p95, p99),
        checked=check_answers(assignment.base_url, assignment.kind, run.sampled),
    )


def main() -> None:
    """Do what the first line asks."""
    assignment = msgspec.json.decode(sys.stdin.readline(), type=Assignment)
    print(msgspec.json.encode(measure(assignment)).decode(), flush=True)


if __name__ == "__main__":
    main()
