"""A server with a socket: what only the wire shows, probes, metrics, limits, and an orderly end under load."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from tests.factories.servers import (
    Parties,
    ServerProcess,
    WiredServer,
    books,
    prepare_database,
    settings_for,
    wired_server,
)
from tests.integration.server.conftest import StartProcess
from tests.integration.server.signed import caller_of, code_of
from tongbao import AsyncTongbao, ConnectionFailed, ConnectionTimedOut, OutcomeUnknown, models
from tongbao_platform.http import pipeline
from tongbao_platform.http.rate_limit import Policy
from tongbao_platform.processes.foundation import open_foundation

COMMITTED: Final = json.loads(
    (Path(__file__).resolve().parents[3] / "openapi" / "tongbao-v1.json").read_text(encoding="utf-8")
)


@pytest.fixture
async def listening(sqlite_url: str, tmp_path: Path) -> AsyncIterator[WiredServer]:
    """Give a server with a socket and all background jobs."""
    async with wired_server(settings_for(sqlite_url, tmp_path), listen=True, workers=True) as server:
        yield server


async def said(server: WiredServer, octets: bytes) -> bytes:
    """Send raw octets on a connection of their own; return all that comes back."""
    parts = urlsplit(server.address.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(octets)
        await writer.drain()
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("target", ["/v1/./payments", "/v1/x/../payments", "/v1/payments/", "//v1/payments"])
async def test_paths_are_not_tidied_up(listening: WiredServer, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: {listening.host}\r\nConnection: close\r\n\r\n"
    assert (await said(listening, request.encode())).startswith(b"HTTP/1.1 404 ")


async def test_two_hosts_none_and_an_absolute_foreign_one_are_not_served(listening: WiredServer) -> None:
    start, end = "GET /v1/me HTTP/1.1\r\n", "Connection: close\r\n\r\n"
    for hosts in ("", f"Host: {listening.host}\r\nHost: evil.test\r\n", "Host: evil.test\r\n"):
        answer = await said(listening, (start + hosts + end).encode())
        assert answer[9:12] in (b"421", b"400"), answer


async def test_a_body_in_chunks_is_counted_too(listening: WiredServer) -> None:
    chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
    head = (
        f"POST /v1/payments HTTP/1.1\r\nHost: {listening.host}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    answer = await said(listening, head.encode() + chunk * 9 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answer


async def test_an_announced_body_that_is_too_long_is_refused_unread(listening: WiredServer) -> None:
    head = (
        f"POST /v1/payments HTTP/1.1\r\nHost: {listening.host}\r\nContent-Type: application/json\r\n"
        "Content-Length: 9999999999\r\nConnection: close\r\n\r\n"
    )
    assert (await said(listening, head.encode())).startswith(b"HTTP/1.1 413 ")


async def test_headers_have_a_limit_on_the_wire(listening: WiredServer) -> None:
    answer = await listening.http.get(f"{listening.address.base_url}/v1/me", headers={"X-Padding": "x" * 16_384})
    assert code_of(answer) == (431, "headers_too_large")


async def test_signed_answers_survive_the_wire(listening: WiredServer) -> None:
    """Every answer over the socket is verified against the platform's published keys."""
    shop = await caller_of(listening, listening.parties.shop)
    for method, target, body, status in (
        ("GET", "/v1/me", None, 200),
        ("GET", "/v1/payments/by-merchant-order-no/A%2dB", None, 404),
        ("GET", "/v1/payments?metadata.k=%E4%B8%80+%2f", None, 200),
        ("POST", "/v1/payments", b"{}", 422),
    ):
        answer = await shop.call(method, target, body)
        assert answer.status_code == status
        assert ("jws-signature" in answer.headers) is (status != 404)


async def test_probes_and_metrics(listening: WiredServer) -> None:
    base = listening.address.base_url
    live, ready = await listening.http.get(f"{base}/livez"), await listening.http.get(f"{base}/readyz")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert set(ready.json()["checks"]) >= {"database", "accepting"}
    await (await caller_of(listening, listening.parties.shop)).call("GET", "/v1/me")
    await listening.http.get(f"{base}/v1/me")
    metrics = await listening.http.get(f"{base}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'tongbao_http_request_duration_seconds_count{method="GET",route="/v1/me",status_class="2xx"} 1.0' in (
        metrics.text
    )
    assert 'tongbao_http_problems_total{code="token_missing"} 1.0' in metrics.text
    listening.server.draining.set()
    assert (await listening.http.get(f"{base}/readyz")).status_code == 503
    assert (await listening.http.get(f"{base}/livez")).status_code == 200


async def test_a_fault_is_logged_and_counted(listening: WiredServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 500 is the answer one looks for first: it has a request id, a log line, and it counts."""

    async def broken(*_: object) -> None:
        raise ValueError

    caller = await caller_of(listening, listening.parties.shop)
    monkeypatch.setattr(listening.foundation.committer, "run", broken)
    answer = await caller.call("POST", "/v1/payments", {"merchant_order_no": "F-1", **_H5})
    assert code_of(answer) == (500, "internal_error")
    lines = [json.loads(line) for line in listening.log.getvalue().splitlines()]
    (line,) = [each for each in lines if each["request_id"] == answer.headers["request-id"]]
    assert (line["status"], line["code"], line["operation_id"]) == (500, "internal_error", "payments.create")
    metrics = (await listening.http.get(f"{listening.address.base_url}/metrics")).text
    assert 'tongbao_http_problems_total{code="internal_error"} 1.0' in metrics


_H5 = {
    "amount": {"value": 1, "currency": "CNY"},
    "method": {"type": "h5", "return_url": "https://shop.example/done"},
}


async def test_metrics_may_need_a_token(sqlite_url: str, tmp_path: Path) -> None:
    async with wired_server(settings_for(sqlite_url, tmp_path, metrics_token="only-prometheus")) as server:
        url = f"{server.address.base_url}/metrics"
        assert (await server.http.get(url)).status_code == 401
        assert (await server.http.get(url, headers={"Authorization": "Bearer wrong"})).status_code == 401
        right = {"Authorization": "Bearer only-prometheus"}
        assert (await server.http.get(url, headers=right)).status_code == 200


async def test_the_document_is_served_to_everybody(listening: WiredServer) -> None:
    served = await listening.http.get(f"{listening.address.base_url}/openapi.json")
    assert served.status_code == 200
    assert served.json()["paths"] == COMMITTED["paths"]


async def test_rate_limits_are_told_and_kept(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pipeline._CLIENT_POLICIES, "read", Policy("read", 3, 86_400))
    async with wired_server(settings_for(sqlite_url, tmp_path, rate_limit="true")) as server:
        shop, buyer = [await caller_of(server, party) for party in (server.parties.shop, server.parties.buyer)]
        for left in (2, 1, 0):
            answer = await shop.call("GET", "/v1/me")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"read";q=3;w=86400'
            assert answer.headers["ratelimit"].startswith(f'"read";r={left};t=')
        refused = await shop.call("GET", "/v1/me")
        assert code_of(refused) == (429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 86_400 // 3
        assert refused.headers["ratelimit"].startswith('"read";r=0;t=')
        assert refused.json()["retryable"] is True
        assert "jws-signature" not in refused.headers
        assert (await buyer.call("GET", "/v1/me")).status_code == 200, "each client has its own"
        assert (await shop.call("POST", "/v1/payments", b"{}")).status_code == 422, "each class has its own"


def payment(parties: Parties, number: int) -> dict[str, object]:
    return {
        "merchant_order_no": f"stop-{number}",
        "amount": models.Money(value=100, currency="CNY"),
        "method": models.AccountMethodInput(
            source_account_id=parties.buyer.account_id, payee_account_id=parties.shop.account_id
        ),
        "idempotency_key": f"stop-{number}",
    }


async def pay_while_it_stops(client: AsyncTongbao, parties: Parties, process: ServerProcess) -> dict[str, str]:
    """Pay on and on; ask the server to stop amid it; return the ids of what was answered, by number."""
    answered: dict[str, str] = {}
    stopped: list[asyncio.Task[int]] = []
    numbers = iter(range(100_000))

    async def lane() -> None:
        for number in numbers:
            try:
                made = await client.payments.create(**payment(parties, number))  # type: ignore[arg-type]  # as built
            except (ConnectionFailed, ConnectionTimedOut, OutcomeUnknown):
                return
            answered[made.merchant_order_no or ""] = made.id
            if len(answered) == 100:
                stopped.append(asyncio.create_task(asyncio.to_thread(process.stop)))

    await asyncio.gather(*(lane() for _ in range(16)))
    assert await stopped[0] == 0
    return answered


async def test_an_orderly_stop_under_load_loses_nothing(
    database_url: str, tmp_path: Path, server_process: StartProcess
) -> None:
    process = server_process(database_url)
    parties = await prepare_database(process.settings)
    process.start()
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
    async with httpx.AsyncClient(limits=limits) as http:
        client = parties.buyer.client(process.address, http_client=http, max_retries=0)
        answered = await pay_while_it_stops(client, parties, process)
    assert len(answered) >= 100
    async with open_foundation(process.settings) as foundation:
        report = await books(foundation.reader)
        assert report.is_clean, report.findings
        assert report.counts["payment"] >= len(answered)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", process.settings.port)) != 0, "nobody listens any more"
    process.start()
    async with parties.buyer.client(process.address) as again:
        listed = {payment.merchant_order_no: payment.id async for payment in again.payments.list(limit=200)}
    assert answered.items() <= listed.items()
    assert "error" not in {json.loads(line)["level"] for line in process.told().splitlines()}
