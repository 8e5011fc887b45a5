"""More requests than a server takes on: the rest is told 503 at once, nothing is lost, nothing half done."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.factories.servers import FUNDS_MINOR, WiredServer, settings_for, wired_server
from tests.integration.server.signed import account_payment, caller_of, code_of
from tongbao import RawResponse, ServerOutcomeUnknown, models
from tongbao.errors import OverloadedError
from tongbao_platform.settings import SettingsRefused

AT_ONCE = 40
FEW = 2


@pytest.fixture
async def small(database_url: str, tmp_path: Path) -> AsyncIterator[WiredServer]:
    """Give a server without a socket that works on two requests at once."""
    async with wired_server(settings_for(database_url, tmp_path, max_in_flight=str(FEW))) as server:
        yield server


async def test_whoever_is_refused_may_repeat_it_and_everything_is_done_once(small: WiredServer) -> None:
    client = small.client(small.parties.buyer, max_retries=0)
    await client.me.get()
    create = client.payments.with_raw_response.create
    done: dict[int, RawResponse[models.Payment]] = {}
    refused: Counter[tuple[str | None, str | None]] = Counter()

    async def pay(number: int) -> None:
        body = account_payment(small, f"order-{number}")
        try:
            done[number] = await create(**body, idempotency_key=f"key-{number}")
        except ServerOutcomeUnknown as unknown:
            # Unsigned: the SDK believes the refusal no more than it would a gateway's.
            refused[unknown.code, unknown.retry_after] += 1

    await asyncio.gather(*(pay(number) for number in range(AT_ONCE)))
    at_first = set(done)
    assert 0 < len(at_first) < AT_ONCE
    assert refused.total() == AT_ONCE - len(at_first)
    assert set(refused) <= {("overloaded", seconds) for seconds in "123"}
    assert (await small.verify()).counts["payment"] == len(at_first)

    for number in range(AT_ONCE):
        await pay(number)
    assert len(done) == AT_ONCE
    for number, answer in done.items():
        assert answer.status_code == 201
        assert answer.idempotent_replayed == (number in at_first)
    report = await small.verify()
    assert report.is_clean, report.findings
    assert report.counts["payment"] == AT_ONCE
    balance = await client.accounts.balance(small.parties.buyer.account_id)
    assert balance.posted.value == FUNDS_MINOR - 1_000 * AT_ONCE


async def test_a_full_server_refuses_unsigned_before_it_looks(small: WiredServer) -> None:
    """The very same request passes afterwards: its one-time value was not used up by the refusal."""
    caller = await caller_of(small, small.parties.buyer)
    body = account_payment(small, "later")
    signed = {"Content-Type": "application/json", "Idempotency-Key": "later"}
    content = json.dumps(body).encode()
    signature = caller.sign("POST", "/v1/payments", signed, content)
    limit = small.server.in_flight_limit
    for _ in range(FEW):
        limit.enter("POST")

    refused = await caller.send("POST", "/v1/payments", signed, content, signature=signature)
    assert code_of(refused) == (503, "overloaded")
    assert refused.json()["retryable"] is True
    assert refused.headers["retry-after"] in {"1", "2", "3"}
    assert "jws-signature" not in refused.headers
    line = json.loads(small.log.getvalue().splitlines()[-1])
    assert (line["status"], line["code"], line["request_id"]) == (503, "overloaded", refused.headers["request-id"])

    for _ in range(FEW):
        limit.leave("POST")
    assert (await caller.send("POST", "/v1/payments", signed, content, signature=signature)).status_code == 201
    assert limit.count == 0


async def test_when_full_probes_and_metrics_answer_and_pages_are_pages(small: WiredServer) -> None:
    base = small.address.base_url
    for _ in range(FEW):
        small.server.in_flight_limit.enter("POST")
    problem, page = "application/problem+json", "text/html; charset=utf-8"
    faces = {"/v1/me": problem, "/oauth/jwks": problem, "/openapi.json": problem, "/checkout/anything": page}
    for path, face in faces.items():
        answer = await small.http.get(base + path)
        assert (answer.status_code, answer.headers["content-type"]) == (503, face), path
        assert int(answer.headers["retry-after"]) >= 1
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await small.http.get(base + path)).status_code == 200
    metrics = (await small.http.get(f"{base}/metrics")).text
    assert 'tongbao_http_problems_total{code="overloaded"} 4.0' in metrics
    assert f'tongbao_http_in_flight{{kind="write"}} {FEW}.0' in metrics
    assert 'tongbao_http_in_flight{kind="read"} 0.0' in metrics


async def test_readers_leave_room_for_who_pays(small: WiredServer) -> None:
    client = small.client(small.parties.buyer, max_retries=0)
    await client.me.get()
    small.server.in_flight_limit.enter("GET")
    with pytest.raises(OverloadedError):
        await client.me.get()
    assert (await client.payments.create(**account_payment(small, "among-readers"))).status == "succeeded"


async def test_slow_senders_hold_no_place(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(sqlite_url, tmp_path, max_in_flight=str(FEW))
    async with wired_server(settings, listen=True) as server:
        parts = urlsplit(server.address.base_url)
        head = (
            f"POST /v1/payments HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
        )
        writers = []
        for _ in range(2 * FEW):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writers.append(writer)
            writer.write(head.encode())
            # Says that the server waits for the body now.
            assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
            writer.write(b"{")
        client = server.client(server.parties.buyer, max_retries=0)
        assert (await client.payments.create(**account_payment(server, "beside-them"))).status == "succeeded"
        for writer in writers:
            writer.close()
            await writer.wait_closed()


def test_a_limit_must_leave_room_for_one_read_and_one_write(tmp_path: Path) -> None:
    for wrong in ("1", "0", "-5", "many"):
        with pytest.raises(SettingsRefused, match="max_in_flight"):
            settings_for("sqlite:///nowhere.db", tmp_path, max_in_flight=wrong)
