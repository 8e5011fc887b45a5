"""A platform in memory: issuer, token endpoint and API behind one httpx transport, with signatures made by jwcrypto."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
from jwcrypto import jwk, jws

from tongbao import Environment

BASE_URL = "https://api.test"
CLIENT_ID = "app_sandbox_1"
NOW = 1_795_343_400.0
PAYMENT: dict[str, Any] = {
    "id": "pay_1",
    "object": "payment",
    "livemode": False,
    "revision": 1,
    "status": "requires_action",
    "merchant_id": "mch_1",
    "payer_merchant_id": None,
    "merchant_order_no": "A-1",
    "amount": {"value": 1999, "currency": "CNY"},
    "description": "Two coffees",
    "method": {"type": "h5", "return_url": "https://shop.test/done"},
    "capture_method": "automatic",
    "expires_at": "2026-11-22T10:30:00.000Z",
    "scene": None,
    "metadata": {},
    "amount_captured": {"value": 0, "currency": "CNY"},
    "amount_capturable": {"value": 0, "currency": "CNY"},
    "capture_before": None,
    "amount_refunded": {"value": 0, "currency": "CNY"},
    "fee": {"value": 0, "currency": "CNY"},
    "next_action": {"type": "redirect_to_url", "url": "https://pay.test/x", "expires_at": "2026-11-22T10:30:00.000Z"},
    "attempts": [],
    "last_error": None,
    "refund_status": "none",
    "split_status": "none",
    "dispute_status": "none",
    "settlement_status": "unsettled",
    "late": False,
    "payer": None,
    "created_at": "2026-11-22T10:00:00.000Z",
    "succeeded_at": None,
}
CREATE: dict[str, Any] = {
    "merchant_order_no": "A-1",
    "amount": {"value": 1999, "currency": "CNY"},
    "method": {"type": "h5", "return_url": "https://shop.test/done"},
}
RECIPES: dict[str, dict[str, Any]] = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "PS256": {"kty": "RSA", "size": 2048},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
}


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(kid: str, algorithm: str = "ES256") -> jwk.JWK:
    """Make a key pair."""
    return jwk.JWK.generate(**RECIPES[algorithm], kid=kid, alg=algorithm, use="sig")


CLIENT_KEY = new_key("client-key")
ISSUER_KEY = new_key("issuer-key")


class TestClock:
    """A clock that moves only when somebody waits."""

    __test__ = False

    def __init__(self) -> None:
        self.time = NOW
        self.waits: list[float] = []
        self._tokens = 0

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def environment(self) -> Environment:
        return Environment(now=lambda: self.time, chance=lambda: 0.0, token=self._token)

    def _token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens:016d}"


class Answer:
    """One scripted answer; how it is signed can be spoiled."""

    def __init__(self, status: int = 200, body: Any = None, **spoil: Any) -> None:
        self.status = status
        self.body = json.dumps(PAYMENT if body is None else body).encode() if not isinstance(body, bytes) else body
        self.headers: dict[str, str] = spoil.pop("headers", {})
        self.signed: bool = spoil.pop("signed", status not in (401, 429) and status < 500)
        self.key: jwk.JWK = spoil.pop("key", ISSUER_KEY)
        self.claims: dict[str, Any] = spoil.pop("claims", {})
        self.tamper: Callable[[bytes], bytes] = spoil.pop("tamper", lambda body: body)
        assert not spoil


def problem(status: int, code: str, **more: Any) -> Answer:
    """Return a problem answer."""
    spoil = {name: more.pop(name) for name in ("headers", "signed", "key") if name in more}
    body = {"type": f"https://dev.test/errors/{code}/", "title": "T", "status": status, "code": code, **more}
    answer = Answer(status, body, **spoil)
    answer.headers = {"Content-Type": "application/problem+json", **answer.headers}
    return answer


class FakePlatform:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, clock: TestClock, answers: list[Answer | Exception] | None = None) -> None:
        self.clock = clock
        self.answers: list[Answer | Exception] = list(answers or [])
        self.requests: list[httpx.Request] = []
        self.token_requests: list[dict[str, str]] = []
        self.token_answers: list[httpx.Response | Exception] = []
        self.published = [ISSUER_KEY]
        self.key_fetches = 0
        self.metadata = {
            "issuer": BASE_URL,
            "token_endpoint": f"{BASE_URL}/oauth/token",
            "jwks_uri": f"{BASE_URL}/.well-known/jwks.json",
        }

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json=self.metadata)
        if request.url.path == "/.well-known/jwks.json":
            self.key_fetches += 1
            return httpx.Response(200, json={"keys": [json.loads(key.export_public()) for key in self.published]})
        if request.url.path == "/oauth/token":
            return self._token(request)
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else Answer()
        if isinstance(answer, Exception):
            raise answer
        return self._render(request, answer)

    async def handle_async(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of an asynchronous client."""
        return self.handle(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.token_requests.append(form)
        if self.token_answers:
            answer = self.token_answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        number = len(self.token_requests)
        return httpx.Response(200, json={"access_token": f"access-{number}", "token_type": "Bearer", "expires_in": 600})

    def _render(self, request: httpx.Request, answer: Answer) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{len(self.requests)}", **answer.headers}
        if answer.signed:
            headers["JWS-Signature"] = self.signature(request, answer, headers)
        return httpx.Response(answer.status, headers=headers, content=answer.tamper(answer.body))

    def signature(self, request: httpx.Request, answer: Answer, headers: dict[str, str]) -> str:
        """Sign an answer with jwcrypto."""
        covered = ["Content-Type", "Request-Id", "Location", "Retry-After", "Idempotent-Replayed"]
        names = [name for name in covered if name in headers]
        lines = "".join(f"{name}: {headers[name]}\n" for name in names)
        payload = f"{answer.status}\n{lines}".encode() + answer.body
        protected = {
            "alg": answer.key.get("alg"),
            "kid": answer.key.get("kid"),
            "typ": "payres+jws",
            "iat": int(self.clock.time),
            "jti": "0123456789abcdefghijkl",
            "iss": BASE_URL,
            "aud": CLIENT_ID,
            "hdrs": ",".join(names),
            "req": b64url(hashlib.sha256(request.headers["JWS-Signature"].encode()).digest()),
        }
        protected |= answer.claims
        protected = {name: value for name, value in protected.items() if value is not None}
        token = jws.JWS(payload)
        token.allowed_algs = ["ES256", "PS256", "Ed25519", "EdDSA"]
        token.add_signature(answer.key, protected=json.dumps(protected))
        head, _, signature = token.serialize(compact=True).split(".")
        return f"{head}..{signature}"


def verify_request(request: httpx.Request, key: jwk.JWK) -> dict[str, Any]:
    """Verify a request as sent, with jwcrypto; return the protected header."""
    value = request.headers["JWS-Signature"]
    head, empty, signature = value.split(".")
    assert empty == ""
    protected: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    names = protected["hdrs"].split(",") if protected["hdrs"] else []
    lines = "".join(f"{name}: {request.headers[name]}\n" for name in names)
    payload = f"{request.method} {request.url.raw_path.decode()}\n{lines}".encode() + request.content
    token = jws.JWS()
    token.allowed_algs = ["ES256", "PS256", "Ed25519"]
    token.deserialize(f"{head}.{b64url(payload)}.{signature}")
    token.verify(key)
    return protected
