"""X-Forwarded-For counts only from our own proxies, and only its trustworthy right end."""

import pytest

from tongbao_platform.http.client_address import client_address
from tongbao_platform.http.exchange import Exchange, Response

PROXIES = ("10.0.0.0/8", "192.0.2.1")


async def seen(peer: str, forwarded: list[bytes], proxies: tuple[str, ...] = PROXIES) -> str:
    headers = [(b"x-forwarded-for", value) for value in forwarded]
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": headers, "client": (peer, 1)}

    async def receive() -> dict[str, object]:
        raise AssertionError("the address needs no body")

    async def proceed(exchange: Exchange) -> Response:
        return Response(200, [])

    exchange = Exchange(scope, receive, "https://docs.example", "web")
    await client_address(proxies)(exchange, proceed)
    return exchange.client_ip


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.1.2.3", [b"203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", [b"198.51.100.7, 203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", [b"198.51.100.7", b"203.0.113.9, 192.0.2.1"], "203.0.113.9"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", [b"10.9.9.9"], "10.9.9.9"),
        ("203.0.113.1", [b"198.51.100.7"], "203.0.113.1"),
        ("10.1.2.3", [b"unknown"], "unknown"),
    ],
)
async def test_who_is_taken_for_the_client(peer: str, forwarded: list[bytes], address: str) -> None:
    assert await seen(peer, forwarded) == address


async def test_without_proxies_nobody_is_believed() -> None:
    assert await seen("10.1.2.3", [b"203.0.113.9"], ()) == "10.1.2.3"
