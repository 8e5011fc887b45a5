"""The SDK over a real socket: what is signed is what arrives, byte for byte."""

import asyncio
import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jwcrypto import jwk, jws

import tongbao

KEYS = json.loads(
    (Path(__file__).resolve().parents[3] / "openapi" / "signature-vectors" / "keys.json").read_text(encoding="utf-8")
)["keys"]
CLIENT, ISSUER = (
    next(key for key in KEYS if key["kid"] == kid)["private_jwk"] for kid in ("merchant-es256", "issuer-ed25519")
)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Server(ThreadingHTTPServer):
    """Keeps the octets of every request; closes the first connections without an answer when told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, list[tuple[str, str]], bytes]] = []
        self.drop = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/.well-known/oauth"):
            url = self.server.url
            self._send({"issuer": url, "token_endpoint": f"{url}/oauth/token", "jwks_uri": f"{url}/jwks"})
        elif self.path == "/jwks":
            self._send({"keys": [json.loads(jwk.JWK(**ISSUER).export_public())]})
        else:
            self._answer()

    def do_POST(self) -> None:
        if self.path == "/oauth/token":
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send({"access_token": "t", "token_type": "Bearer", "expires_in": 300})
        else:
            self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.requestline, self.headers.items(), body))
        if self.server.drop:
            self.server.drop -= 1
            self.close_connection = True
            return
        content = json.dumps({"data": [], "has_more": False, "next_cursor": None}).encode()
        self._send(content, self._sign(content))

    def _sign(self, content: bytes) -> str:
        payload = b"200\nContent-Type: application/json\n" + content
        protected = {
            "alg": "Ed25519",
            "kid": ISSUER["kid"],
            "typ": "payres+jws",
            "iat": int(time.time()),
            "jti": "0123456789abcdefghijkl",
            "iss": self.server.url,
            "aud": "app_1",
            "hdrs": "Content-Type",
            "req": b64url(hashlib.sha256(self.headers["JWS-Signature"].encode()).digest()),
        }
        token = jws.JWS(payload)
        token.allowed_algs = ["Ed25519"]
        token.add_signature(jwk.JWK(**ISSUER), protected=json.dumps(protected))
        head, _, signature = token.serialize(compact=True).split(".")
        return f"{head}..{signature}"

    def _send(self, content: Any, signature: str | None = None) -> None:
        octets = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        if signature is not None:
            self.send_header("JWS-Signature", signature)
        self.end_headers()
        self.wfile.write(octets)


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server on a free port of this machine."""
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def verify(request: tuple[str, list[tuple[str, str]], bytes]) -> dict[str, Any]:
    """Verify a request from the octets that arrived."""
    line, headers, body = request
    method, target, _ = line.split(" ")
    found = {name.lower(): value for name, value in headers}
    head, _, signature = found["jws-signature"].split(".")
    protected: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    lines = "".join(f"{name}: {found[name.lower()]}\n" for name in protected["hdrs"].split(",") if name)
    token = jws.JWS()
    token.allowed_algs = ["ES256"]
    payload = f"{method} {target}\n{lines}".encode() + body
    token.deserialize(f"{head}.{b64url(payload)}.{signature}")
    token.verify(jwk.JWK(**CLIENT))
    return protected


def test_a_list_over_a_socket(server: Server) -> None:
    with tongbao.Tongbao(base_url=server.url, client_id="app_1", private_key=CLIENT) as client:
        assert list(client.payments.list(metadata={"käse": "a+b c/d?e#f"}, limit=3)) == []
    (request,) = server.seen
    assert verify(request)["hdrs"] == ""
    assert "metadata.k%C3%A4se=a%2Bb%20c%2Fd%3Fe%23f" in request[0]


def test_a_write_whose_connection_is_cut_is_sent_again_and_then_unknown(server: Server) -> None:
    server.drop = 2
    client = tongbao.Tongbao(base_url=server.url, client_id="app_1", private_key=CLIENT, max_retries=1)
    client._link.driver._sleep = lambda _seconds: None
    with client, pytest.raises(tongbao.OutcomeUnknown):
        client.payments.create(
            merchant_order_no="A-1",
            amount={"value": 1, "currency": "CNY"},
            method={"type": "h5", "return_url": "https://shop.test/"},
            description="两杯咖啡",
        )
    first, second = server.seen
    assert verify(first)["jti"] != verify(second)["jti"]
    assert first[2] == second[2]
    assert dict(first[1])["Idempotency-Key"] == dict(second[1])["Idempotency-Key"]


def test_nobody_listening_is_no_unknown_outcome() -> None:
    with Server() as closed:
        url = closed.url
    client = tongbao.Tongbao(base_url=url, client_id="app_1", private_key=CLIENT, max_retries=0)
    with client, pytest.raises(tongbao.ConnectionFailed):
        client.payments.close("pay_1")


def test_the_asynchronous_client_over_a_socket(server: Server) -> None:
    async def main() -> list[Any]:
        async with tongbao.AsyncTongbao(base_url=server.url, client_id="app_1", private_key=CLIENT) as client:
            await asyncio.gather(*(client.me.with_raw_response.get() for _ in range(5)))
            return [payment async for payment in client.payments.list()]

    assert asyncio.run(main()) == []
    assert len(server.seen) == 6
    for request in server.seen:
        verify(request)
