"""Step ``access_log``: one record per request, without secrets and without personal data.

A record names the route, not the path: a checkout's address is a secret. Bodies, queries, tokens, other headers and
addresses of callers never get in.
"""

import time
from collections.abc import Callable, Sequence
from typing import TextIO

import msgspec

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.kernel.clock import Clock, format_instant


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of a request. ``duration_us`` is in microseconds, ``code`` is the problem's."""

    at: str
    request_id: str
    zone: str
    method: str
    route: str | None
    status: int
    duration_us: int
    bytes_in: int
    bytes_out: int
    operation_id: str | None = None
    client_id: str | None = None
    merchant_id: str | None = None
    code: str | None = None


Sink = Callable[[AccessRecord], None]
_ENCODE = msgspec.json.Encoder().encode


def access_log(sinks: Sequence[Sink], clock: Clock, monotonic_ns: Callable[[], int] = time.perf_counter_ns) -> Step:
    """Return the step; every sink gets every record (one writes lines, another counts)."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        started = monotonic_ns()
        response = await proceed(exchange)
        if sinks:
            record = _record(exchange, response, (monotonic_ns() - started) // 1_000, format_instant(clock.now()))
            for sink in sinks:
                sink(record)
        return response

    return step


def line_sink(stream: TextIO) -> Sink:
    """Return a sink that writes one JSON line per record."""

    def write(record: AccessRecord) -> None:
        stream.write(_ENCODE(record).decode() + "\n")

    return write


def _record(exchange: Exchange, response: Response, duration_us: int, at: str) -> AccessRecord:
    operation = exchange.operation
    caller = exchange.caller
    return AccessRecord(
        at=at,
        request_id=exchange.request_id,
        zone=exchange.zone,
        method=exchange.method if exchange.method in _METHODS else "other",
        route=exchange.route,
        status=response.status,
        duration_us=duration_us,
        bytes_in=len(exchange.body),
        bytes_out=len(response.body),
        operation_id=None if operation is None else operation.operation_id,
        client_id=None if caller is None else caller.client_id,
        merchant_id=None if caller is None else caller.merchant_id,
        code=exchange.code,
    )


# Anything may stand where a method belongs; the log keeps to those that exist.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
