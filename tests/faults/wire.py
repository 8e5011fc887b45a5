"""Signed requests over plain HTTP/1.1 connections, so that a test knows exactly what was sent and what came back."""

import asyncio
import hashlib
import json
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from benchmarks.answers import parse
from benchmarks.signed_requests import fetch_json
from tests.factories.servers import Address, Party
from tests.faults.journal import Told
from tongbao._clock import SYSTEM
from tongbao._effects import Reply
from tongbao._keys import load_private_key
from tongbao._public_keys import PublicKey, read_key_set
from tongbao._request_signature import RequestSigner, SignedRequest
from tongbao._response_signature import Expectation, NotSigned, read_signature, verify_response

ANSWER_SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 3.0
_ALWAYS: Final = "Accept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: tongbao-faults/1\r\n"


class NotReached(Exception):
    """Nobody took the connection: nothing was sent."""


class Lost(Exception):
    """The connection or the time ended before the answer was whole: what was sent may have been done."""


class Signed(msgspec.Struct, frozen=True):
    """A request as it goes over the wire, and the signature that its answer must name."""

    octets: bytes
    signature: str


class Issuer(msgspec.Struct, frozen=True):
    """Whose answers count: the API's origin and its public keys by id."""

    base_url: str
    keys: dict[str, PublicKey]


def issuer_of(base_url: str) -> Issuer:
    """Ask the server for its keys."""
    return Issuer(base_url, read_key_set(fetch_json(base_url, "GET", "/.well-known/jwks.json")))


class Caller:
    """One client of the API with its access token. Several processes answer to one ``base_url``, as in production."""

    def __init__(self, issuer: Issuer, party: Party) -> None:
        self.party = party
        self._issuer = issuer
        self._host = urlsplit(issuer.base_url).netloc
        key = load_private_key(party.private_jwk)
        self._signer = RequestSigner(signer=key, client_id=party.client_id, audience=issuer.base_url)
        self._token = ""

    def renew(self) -> None:
        """Fetch an access token; blocks."""
        address = Address(base_url=self._issuer.base_url, issuer=self._issuer.base_url)
        with self.party.blocking_client(address) as client:
            self._token = client.access_token()

    def write(self, target: str, key: str, body: bytes) -> Signed:
        """Return a POST, signed anew."""
        covered = [("Idempotency-Key", key)]
        if body:
            covered.append(("Content-Type", "application/json"))
        return self._signed("POST", target, covered, body)

    def read(self, target: str) -> Signed:
        """Return a GET."""
        return self._signed("GET", target, [], b"")

    def _signed(self, method: str, target: str, covered: list[tuple[str, str]], body: bytes) -> Signed:
        signature = self._signer.sign(SignedRequest.of(method, target, covered, body), self._token)
        fields = "".join(f"{name}: {value}\r\n" for name, value in covered)
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{_ALWAYS}Authorization: Bearer {self._token}\r\n"
            f"{fields}JWS-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return Signed(head.encode("ascii") + body, signature)

    def is_ours(self, reply: Reply, request: Signed) -> bool:
        """Whether the platform signed this answer to this request; if not, it promises nothing."""
        expected = Expectation(
            issuer=self._issuer.base_url,
            client_id=self.party.client_id,
            request_signature=request.signature,
            now=SYSTEM.now(),
        )
        try:
            jws = read_signature(reply)
            verify_response(reply, jws, self._issuer.keys.get(jws.protected["kid"]), expected)
        except NotSigned:
            return False
        return True


class Line:
    """A kept-alive connection to one port with one request in flight at most."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, octets: bytes) -> Reply:
        """Send and return the answer; ``NotReached`` or ``Lost`` when there is none."""
        reader, writer = await self._connected()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                writer.write(octets)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                fields = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
                body = await reader.readexactly(int(fields or b"0"))
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError) as broken:
            self.close()
            raise Lost(type(broken).__name__) from broken
        except BaseException:
            self.close()
            raise
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return parse(head + body)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    self._streams = await asyncio.open_connection("127.0.0.1", self.port)
            except (OSError, TimeoutError) as refused:
                raise NotReached(str(self.port)) from refused
        return self._streams

    def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


def told_by(reply: Reply) -> Told:
    """Return what an answer says, for the journal."""
    shown: dict[str, Any] = json.loads(reply.body)
    return Told(
        status=reply.status,
        sha256=hashlib.sha256(reply.body).hexdigest(),
        object_id=shown.get("id", ""),
        state="" if reply.status >= 400 else shown["status"],
        amount_minor=_minor(shown, "amount"),
        captured_minor=_minor(shown, "amount_captured"),
        fee_minor=_minor(shown, "fee"),
        revision=shown.get("revision", 0),
        code=shown.get("code", ""),
    )


def _minor(shown: dict[str, Any], name: str) -> int:
    return int(shown[name]["value"]) if shown.get(name) else 0
