"""The sender against receivers that behave, and receivers that do not."""

import asyncio
import gc
import json
import socket
from typing import cast

import pytest

from tests.unit.delivery.receiver import Script, answering, dripping, receiving, silence, status
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.http_sender import MAX_BODY_BYTES, SenderLimits, open_sender
from tongbao_platform.delivery.sender import Failure, Sender, SendResult

BODY = json.dumps({"id": "evt_1"}).encode()
AMPLE = 30.0
SHORT = 0.2
# Enough for an answer's head to arrive on a busy machine first.
ENOUGH_FOR_THE_HEAD = 1.5


async def _send(sender: Sender, script: Script, deadline_seconds: float = AMPLE) -> SendResult:
    async with receiving(script) as receiver:
        return await sender.send(receiver.url(), {"webhook-id": "evt_1"}, BODY, deadline_seconds)


async def test_the_request_arrives_as_it_was_signed(sender: Sender) -> None:
    async with receiving(answering(status(200, "Content-Type: text/plain", body=b"thanks"))) as receiver:
        headers = {"Webhook-Id": "evt_1", "webhook-signature": "v1,a v1,b", "User-Agent": "Mine/1"}
        result = await sender.send(receiver.url("/hooks?key=a%2Fb&x=%20+"), headers, BODY, AMPLE)
    assert (result.status, result.failure, result.body, result.body_truncated) == (200, None, b"thanks", False)
    assert result.headers == (("content-type", "text/plain"), ("content-length", "6"))
    assert receiver.bodies == [BODY]
    lines = receiver.heads[0].lower().split("\r\n")
    assert lines[0].startswith("post /hooks?key=a")
    assert [line for line in lines if line.startswith("user-agent:")] == ["user-agent: mine/1"]
    for line in ("webhook-id: evt_1", "webhook-signature: v1,a v1,b", "content-type: application/json"):
        assert lines.count(line) == 1
    assert "accept-encoding: identity" in lines
    assert not any(line.startswith(("cookie:", "authorization:", "proxy-", "transfer-encoding:")) for line in lines)


async def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with open_sender(AddressGuard(loopback_allowed=True), SenderLimits()) as sender:
        assert (await _send(sender, answering(status(204)))).status == 204


async def test_a_connection_is_used_again_and_no_cookie_is_kept(sender: Sender) -> None:
    async with receiving(answering(status(200, "Set-Cookie: a=b; Path=/", "Set-Cookie: \x01;;="))) as receiver:
        for _ in range(3):
            result = await sender.send(receiver.url(), {}, BODY, AMPLE)
            assert (result.status, result.headers) == (200, (("content-length", "0"),))
    assert receiver.connections == 1
    assert "cookie" not in "".join(receiver.heads).lower()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(sender: Sender, code: int) -> None:
    async with receiving(answering(status(200))) as target:
        result = await _send(sender, answering(status(code, f"Location: {target.url()}")))
        assert (result.status, result.failure) == (code, None)
        assert dict(result.headers)["location"] == target.url()
        assert target.connections == 0


@pytest.mark.parametrize("code", [400, 404, 410, 429, 500, 503])
async def test_any_status_comes_back_as_it_is(sender: Sender, code: int) -> None:
    result = await _send(sender, answering(status(code, "Retry-After: 120", "webhook-delivery: disable")))
    assert (result.status, result.failure) == (code, None)
    assert dict(result.headers)["retry-after"] == "120"
    assert dict(result.headers)["webhook-delivery"] == "disable"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "drop", "expected"),
    [
        (ENDLESS, b"x", 200),
        (CHUNKED, b"1\r\nx\r\n", 200),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", 200),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: x\r\n", None),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 200 ", b"O", None),
    ],
    ids=["body", "chunks", "until-close", "headers", "informational", "reason"],
)
async def test_a_dripping_answer_is_cut_by_the_deadline(
    sender: Sender, head: bytes, drop: bytes, expected: int | None
) -> None:
    result = await _send(sender, dripping(head, drop), SHORT if expected is None else ENOUGH_FOR_THE_HEAD)
    assert (result.status, result.failure) == (expected, "deadline")
    assert (expected is None) == (result.body == b"")


async def test_silence_is_cut_by_the_deadline(sender: Sender) -> None:
    result = await _send(sender, silence, SHORT)
    assert (result.status, result.failure, result.detail) == (None, "deadline", "not finished within 0.2 s")


async def test_a_receiver_that_does_not_read_is_cut_by_the_deadline(sender: Sender) -> None:
    stop = asyncio.Event()

    async def answer_and_stall(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        await stop.wait()
        writer.transport.abort()

    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    server = await asyncio.start_server(answer_and_stall, sock=listening)
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        result = await sender.send(url, {}, bytes(1_000_000), ENOUGH_FOR_THE_HEAD)
    finally:
        stop.set()
        server.close()
        await server.wait_closed()
    assert (result.status, result.failure) == (200, "deadline")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_huge_body_is_read_to_the_limit_only(sender: Sender, chunked: bool) -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        piece = b"y" * 65_536
        writer.write(CHUNKED if chunked else b"HTTP/1.1 500 No\r\nContent-Length: 209715200\r\n\r\n")
        for _piece in range(3_200):
            writer.write(b"10000\r\n" + piece + b"\r\n" if chunked else piece)
            await writer.drain()
            sent += len(piece)

    result = await _send(sender, flood)
    assert (result.status, result.failure) == (200 if chunked else 500, None)
    assert (len(result.body), result.body_truncated) == (MAX_BODY_BYTES, True)
    assert sent < 50_000_000


@pytest.mark.parametrize(("size", "truncated"), [(MAX_BODY_BYTES - 1, False), (MAX_BODY_BYTES, True)])
async def test_the_limit_is_exact(sender: Sender, size: int, truncated: bool) -> None:
    result = await _send(sender, answering(status(200, body=b"z" * size)))
    assert (len(result.body), result.body_truncated, result.failure) == (size, truncated, None)


async def test_a_compressed_answer_is_not_unpacked(sender: Sender) -> None:
    result = await _send(sender, answering(status(200, "Content-Encoding: gzip", body=b"\x1f\x8bnot gzip")))
    assert (result.status, result.body, result.failure) == (200, b"\x1f\x8bnot gzip", None)


@pytest.mark.parametrize(
    ("script", "expected_status", "failure"),
    [
        (answering(b"", then="close"), None, "disconnected"),
        (answering(b"", then="half-close"), None, "disconnected"),
        (answering(b"", then="reset"), None, "disconnected"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Le", then="close"), None, "disconnected"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", then="close"), 200, "disconnected"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", then="half-close"), 200, "disconnected"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", then="reset"), 200, "disconnected"),
        (answering(CHUNKED + b"3\r\nabc\r\n", then="close"), 200, "disconnected"),
        (answering(CHUNKED + b"zz\r\nabc\r\n", then="close"), None, "malformed"),
        (answering(CHUNKED + b"3\r\nabc\r\n"), 200, "deadline"),
        (answering(b"garbage\r\n\r\n", then="close"), None, "malformed"),
        (answering(b"\x00\xff\x16\x03\x01" * 20, then="close"), None, "malformed"),
        (answering(b"SSH-2.0-OpenSSH_9.2\r\n", then="close"), None, "malformed"),
        (answering(b"HTTP/1.1 2000 OK\r\n\r\n", then="close"), None, "malformed"),
        (answering(b"HTTP/1.1 abc OK\r\n\r\n", then="close"), None, "malformed"),
        (answering(status(200, "A b: c")), None, "malformed"),
        (answering(status(200, "X: \x00")), None, "malformed"),
        (answering(status(200, "X: " + "x" * 70_000)), None, "malformed"),
        (answering(status(200, "Content-Length: 5", body=b"ab")), None, "malformed"),
    ],
)
async def test_a_broken_answer_is_a_failure(
    sender: Sender, script: Script, expected_status: int | None, failure: Failure
) -> None:
    result = await _send(sender, script, ENOUGH_FOR_THE_HEAD if failure == "deadline" else AMPLE)
    assert (result.status, result.failure) == (expected_status, failure)
    assert result.detail


async def test_odd_but_legal_answers_are_read(sender: Sender) -> None:
    odd = b"HTTP/1.1 200 \xff\xfe\r\nServer: \xe9\x07t\xe9\r\nContent-Length: 0\r\n\r\n".replace(b"\x07", b"\t")
    result = await _send(sender, answering(odd))
    assert (result.status, result.failure) == (200, None)
    assert dict(result.headers)["server"] == "é?té"
    long = await _send(sender, answering(status(200, "Server: " + "s" * 5_000)))
    assert dict(long.headers)["server"] == "s" * 1_024
    until_close = await _send(sender, answering(b"HTTP/1.0 200 OK\r\n\r\nbye", then="close"))
    assert (until_close.status, until_close.body, until_close.failure) == (200, b"bye", None)


async def test_a_closed_port_is_a_failed_connection(sender: Sender) -> None:
    async with receiving(silence) as receiver:
        url = receiver.url()
    result = await sender.send(url, {}, BODY, AMPLE)
    assert (result.status, result.failure, result.detail) == (None, "connect", "no connection")


async def test_further_exchanges_wait_for_a_place_before_their_deadline_starts() -> None:
    running = 0
    most = 0
    first_two = asyncio.Event()

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            first_two.set()
        await first_two.wait()
        await asyncio.sleep(0)
        running -= 1
        writer.write(status(200))

    async with (
        open_sender(AddressGuard(loopback_allowed=True), SenderLimits(in_flight=2)) as sender,
        receiving(count) as receiver,
    ):
        results = await asyncio.gather(*(sender.send(receiver.url(), {}, BODY, AMPLE) for _ in range(10)))
    assert [result.status for result in results] == [200] * 10
    assert most == 2


async def test_waiting_for_a_place_does_not_count_against_the_deadline() -> None:
    first_arrived = asyncio.Event()

    async def first_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if first_arrived.is_set():
            writer.write(status(200))
        else:
            first_arrived.set()
            await silence(reader, writer)

    async with (
        open_sender(AddressGuard(loopback_allowed=True), SenderLimits(in_flight=1)) as sender,
        receiving(first_silent) as receiver,
    ):
        first = asyncio.create_task(sender.send(receiver.url(), {}, BODY, ENOUGH_FOR_THE_HEAD))
        await first_arrived.wait()
        second = await sender.send(receiver.url(), {}, BODY, ENOUGH_FOR_THE_HEAD * 0.7)
        assert ((await first).failure, second.status) == ("deadline", 200)


async def test_a_canceled_send_is_canceled(sender: Sender) -> None:
    arrived = asyncio.Event()

    async def arrive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await silence(reader, writer)

    async with receiving(arrive) as receiver:
        task = asyncio.create_task(sender.send(receiver.url(), {}, BODY, AMPLE))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_header_that_would_split_the_request_is_not_sent(sender: Sender) -> None:
    async with receiving(answering(status(200))) as receiver:
        with pytest.raises(ValueError, match="header"):
            await sender.send(receiver.url(), {"webhook-id": "a\r\nX-Evil: 1"}, BODY, AMPLE)
    assert receiver.heads == []


async def test_nothing_stays_open_after_hostile_answers() -> None:
    # What is left open warns when it is collected, and a warning fails the test.
    hostile = (
        silence,
        dripping(ENDLESS, b"x"),
        answering(b"", then="reset"),
        answering(CHUNKED + b"zz\r\n", then="close"),
        answering(b"garbage\r\n\r\n"),
        answering(status(200, body=b"z" * 1_000_000)),
        answering(status(307, "Location: /x")),
    )
    async with open_sender(AddressGuard(loopback_allowed=True), SenderLimits()) as sender:
        await asyncio.gather(*(_send(sender, script, SHORT) for script in hostile))
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert others == set()
    gc.collect()
