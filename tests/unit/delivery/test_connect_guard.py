"""The guard in the sender: denied addresses are refused before a byte is sent, however they are written or resolved."""

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from tests.unit.delivery.receiver import Receiver, answering, receiving, status
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.connect_guard import (
    CURRENT_NOTE,
    ConnectNote,
    GuardedResolver,
    GuardedSockets,
    system_lookup,
)
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.sender import Sender, SendResult

AMPLE = 30.0
LIVE = AddressGuard()
SANDBOX = AddressGuard(loopback_allowed=True)


def _answers(*addresses: str) -> Callable[[str], tuple[str, ...]]:
    def lookup(_host: str) -> tuple[str, ...]:
        return addresses

    return lookup


async def _send_to_name(guard: AddressGuard, *addresses: str) -> tuple[SendResult, Receiver]:
    async with (
        receiving(answering(status(200))) as receiver,
        open_sender(guard, SenderLimits(), lookup=_answers(*addresses)) as sender,
    ):
        return await sender.send(f"https://shop.example:{receiver.port}/", {}, b"{}", AMPLE), receiver


@pytest.mark.parametrize("guard", [LIVE, SANDBOX], ids=["live", "sandbox"])
@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        (("127.0.0.1",), "loopback"),
        (("::1",), "loopback"),
        (("::ffff:127.0.0.1",), "loopback"),
        (("0.0.0.0",), "this network"),
        (("10.0.0.1",), "private"),
        (("169.254.169.254",), "cloud metadata"),
        (("64:ff9b::a9fe:a9fe",), "cloud metadata"),
        (("8.8.8.8", "10.0.0.1"), "private"),
        (("127.0.0.1", "8.8.8.8"), "loopback"),
        (("8.8.8.8", "2606:4700::1", "fe80::1%eth0"), "scoped"),
        ((), "no address"),
    ],
)
async def test_a_name_with_a_denied_address_is_refused(
    guard: AddressGuard, addresses: tuple[str, ...], reason: str
) -> None:
    result, receiver = await _send_to_name(guard, *addresses)
    assert (result.status, result.failure) == (None, "address_refused")
    assert result.detail.endswith(reason)
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "host", ["0x7f.1", "2130706433", "127.1", "0", "017700000001", "127.0.0.1.", "[::ffff:127.0.0.1]", "localhost."]
)
async def test_odd_spellings_of_loopback_are_refused_even_in_the_sandbox(sender: Sender, host: str) -> None:
    async with receiving(answering(status(200))) as receiver:
        result = await sender.send(receiver.url(host=host), {}, b"{}", AMPLE)
        assert (result.status, result.failure) == (None, "url_refused")
        assert receiver.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_sandbox_reaches_plain_loopback_and_live_does_not(host: str) -> None:
    async with (
        receiving(answering(status(200))) as receiver,
        open_sender(SANDBOX, SenderLimits(), lookup=_answers()) as sandbox,
        open_sender(LIVE, SenderLimits(), lookup=_answers("127.0.0.1")) as live,
    ):
        assert (await sandbox.send(receiver.url(host=host), {}, b"{}", AMPLE)).status == 200
        for url in (receiver.url(host=host), receiver.url(host=host).replace("http:", "https:")):
            assert (await live.send(url, {}, b"{}", AMPLE)).failure == "url_refused"
    assert receiver.connections == 1


async def test_a_name_that_changes_its_address_is_caught_on_the_next_attempt() -> None:
    # DNS rebinding: the URL was fine at registration; every new look-up is judged.
    answers = iter([("10.0.0.1",)])
    async with open_sender(LIVE, SenderLimits(), lookup=lambda _host: next(answers)) as sender:
        assert (await sender.send("https://shop.example/", {}, b"{}", AMPLE)).failure == "address_refused"
        # The answer is remembered, and still judged.
        assert (await sender.send("https://shop.example/", {}, b"{}", AMPLE)).failure == "address_refused"


async def test_a_name_that_does_not_resolve_is_a_dns_failure() -> None:
    def unknown(host: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with open_sender(LIVE, SenderLimits(), lookup=unknown) as sender:
        result = await sender.send("https://shop.example/", {}, b"{}", AMPLE)
    assert (result.status, result.failure) == (None, "dns")


async def test_a_name_server_that_never_answers_costs_its_own_names_alone() -> None:
    release = threading.Event()
    asked: list[str] = []

    def tar_pit(host: str) -> tuple[str, ...]:
        asked.append(host)
        if host == "slow.example":
            release.wait()
        return ("10.0.0.1",)

    try:
        async with open_sender(LIVE, SenderLimits(dns_seconds=0.2, dns_threads=2), lookup=tar_pit) as sender:
            slow = [sender.send("https://slow.example/", {}, b"{}", AMPLE) for _ in range(20)]
            other = sender.send("https://other.example/", {}, b"{}", AMPLE)
            *late, quick = await asyncio.gather(*slow, other)
            assert {(result.failure, result.detail) for result in late} == {
                ("dns", "the name was not resolved in time")
            }
            assert quick.failure == "address_refused"
            assert asked.count("slow.example") == 1
    finally:
        release.set()


async def test_a_look_up_outlives_the_waiter_that_gave_up() -> None:
    gate = threading.Event()

    def slow(host: str) -> tuple[str, ...]:
        gate.wait()
        return ("8.8.8.8",)

    resolver = GuardedResolver(LIVE, slow, timeout_seconds=AMPLE, threads=1)
    first = asyncio.create_task(resolver.resolve("shop.example", 443))
    second = asyncio.create_task(resolver.resolve("shop.example", 443))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.set()
    assert [found["host"] for found in await second] == ["8.8.8.8"]
    await resolver.close()


def test_the_socket_factory_refuses_by_itself() -> None:
    # The second net, for literals and for any way around the resolver.
    factory = GuardedSockets(SANDBOX)
    loopback = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))
    with pytest.raises(PermissionError, match="loopback"):
        factory(loopback)
    note = ConnectNote("shop.example")
    token = CURRENT_NOTE.set(note)
    try:
        with pytest.raises(PermissionError, match="loopback"):
            factory(loopback)
        assert note.refusal == "loopback"
        note.host = "127.0.0.1"
        factory(loopback).close()
        with pytest.raises(PermissionError, match="loopback"):
            factory((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::ffff:127.0.0.1", 443, 0, 0)))
    finally:
        CURRENT_NOTE.reset(token)


async def test_a_refusal_at_the_socket_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Should the resolver's check ever be passed by, the socket's refusal must not look like a network fault.
    monkeypatch.setattr(AddressGuard, "refusal_of_any", lambda *_: None)
    result, receiver = await _send_to_name(LIVE, "127.0.0.1", "::1")
    assert (result.status, result.failure) == (None, "address_refused")
    assert receiver.connections == 0


def test_the_system_look_up_returns_plain_addresses() -> None:
    assert "127.0.0.1" in system_lookup("127.0.0.1")
    with pytest.raises(OSError, match=r".+"):
        system_lookup("")
