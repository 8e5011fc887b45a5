"""Signed requests, made before the clock runs: signing would take its time from the same cores."""

import http.client
import itertools
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from benchmarks.population import CURRENCY, RETURN_ORIGIN, Client, Party
from tongbao._clock import SYSTEM
from tongbao._jws import sign_compact
from tongbao._keys import load_private_key
from tongbao._request_signature import RequestSigner, SignedRequest

ACCOUNT: Final = "account"
H5: Final = "h5"
TARGET: Final = "/v1/payments"
METADATA: Final = "/.well-known/oauth-authorization-server"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALWAYS: Final = "Accept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: tongbao-benchmark/1\r\n"


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request as it goes over the wire, and what its answer's signature must name."""

    octets: bytes
    client_id: str
    signature: str


class Caller:
    """One client with its access token, ready to sign."""

    def __init__(self, base_url: str, client: Client, token: str) -> None:
        self.account_id = client.account_id
        self.client_id = client.client_id
        self._host = urlsplit(base_url).netloc
        self._token = token
        signer = load_private_key(client.private_jwk)
        self._signer = RequestSigner(signer=signer, client_id=client.client_id, audience=base_url)

    def request(self, number: str, method: dict[str, str]) -> Request:
        """Return the signed request that creates one payment of 19.99 yuan under ``number``."""
        body = msgspec.json.encode(
            {
                "merchant_order_no": number,
                "amount": {"value": 1_999, "currency": CURRENCY},
                "method": method,
                "description": "Two tickets",
                "metadata": {"channel": "benchmark"},
            }
        )
        covered = [("Idempotency-Key", number), ("Content-Type", "application/json")]
        signature = self._signer.sign(SignedRequest.of("POST", TARGET, covered, body), self._token)
        head = (
            f"POST {TARGET} HTTP/1.1\r\nHost: {self._host}\r\n{_ALWAYS}Authorization: Bearer {self._token}\r\n"
            f"Idempotency-Key: {number}\r\nContent-Type: application/json\r\nJWS-Signature: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return Request(head.encode("ascii") + body, self.client_id, signature)


def requests(kind: str, callers: list[Caller], parties: list[Party], prefix: str) -> Iterator[Request]:
    """Yield endless requests for payments of ``kind``, from caller to caller, to merchant after merchant.

    Numbers start with ``prefix``, which must be fresh.
    """
    for count in itertools.count():
        caller = callers[count % len(callers)]
        if kind == H5:
            method = {"type": H5, "return_url": f"{RETURN_ORIGIN}/orders/{count}"}
        else:
            payee = parties[(count * 7 + 3) % len(parties)]
            if payee.account_id == caller.account_id:
                payee = parties[-1]
            method = {
                "type": ACCOUNT,
                "source_account_id": caller.account_id,
                "payee_account_id": payee.account_id,
            }
        yield caller.request(f"{prefix}{count}", method)


def fetch_token(base_url: str, client: Client) -> str:
    """Return an access token."""
    metadata = fetch_json(base_url, "GET", METADATA)
    form = token_form(client, metadata["issuer"])
    answer = fetch_json(base_url, "POST", urlsplit(metadata["token_endpoint"]).path, form)
    return str(answer["access_token"])


def token_form(client: Client, issuer: str) -> str:
    """Return the form that asks for an access token (client_credentials with private_key_jwt, RFC 7523)."""
    client_id, signer = client.client_id, load_private_key(client.private_jwk)
    now = int(SYSTEM.now())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": now,
        "exp": now + 60,
        "jti": SYSTEM.token(),
    }
    header = {"alg": signer.algorithm, "kid": signer.key_id, "typ": "JWT"}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": sign_compact(signer, header, msgspec.json.encode(claims)),
    }
    return urlencode(form)


def fetch_json(base_url: str, method: str, path: str, form: str | None = None) -> dict[str, Any]:
    """Return the JSON object of a plain exchange; ``RuntimeError`` for anything but 200."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=15)
    headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, form, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path} was answered {answer.status}: {text[:500]!r}")
    found: dict[str, Any] = json.loads(text)
    return found
