"""A test case in the making, and the few octets it takes to sign one, written apart from the platform's own builder."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

CLIENT: Final = "app_sandbox_01kbmerchant0000000000000a"
OTHER_CLIENT: Final = "app_sandbox_01kbmerchant0000000000000b"
ISSUER: Final = "https://sandbox.tongbao.example"
AUDIENCE: Final = "https://api.sandbox.tongbao.example:8443"
ACCESS_TOKEN: Final = "vector-access-token-0000000000000000000000"
SERVER_TIME: Final = 1_795_343_400  # 2026-11-22T10:30:00Z
BODY: Final = (
    '{"merchant_order_no":"20261122-0001","amount":{"value":1999,"currency":"CNY"},"description":"Two coffees",'
    '"method":{"type":"h5","return_url":"https://m.shop.example/done"}}'
)
HEADERS: Final = (("Content-Type", "application/json"), ("Idempotency-Key", "idem-20261122-0001"))
HDRS: Final = "Idempotency-Key,Content-Type"

JsonMembers = Mapping[str, object]
HeaderLines = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent: a request (``method`` and ``target``) or an answer (``status``)."""

    method: str = "POST"
    target: str = "/v1/payments"
    status: int | None = None
    headers: HeaderLines = HEADERS
    body: str = BODY

    def payload(self, hdrs: str) -> bytes:
        """Return the octets to sign; names that the message lacks are left out."""
        if self.status is None:
            target = self.target[:-1] if self.target.count("?") == 1 and self.target.endswith("?") else self.target
            lines = [f"{self.method} {target}"]
        else:
            lines = [str(self.status)]
        for name in hdrs.split(",") if hdrs else ():
            values = [value for given, value in self.headers if given.lower() == name.lower()]
            lines += [f"{name}: {value.strip()}" for value in values[:1]]
        return ("\n".join(lines) + "\n" + self.body).encode()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One vector. ``signing_kid`` names the key that really signs; without ``code`` the case must be accepted."""

    name: str
    comment: str
    message: Message
    lines: Sequence[str]
    signing_kid: str
    code: str | None = None
    check: str | None = None
    context: JsonMembers = field(default_factory=dict)


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Return the octets of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(data: bytes) -> str:
    """Return base64url of SHA-256."""
    return b64(hashlib.sha256(data).digest())


def jti(name: str) -> str:
    """Return a one-time value of 22 characters that is always the same for a name."""
    return b64(hashlib.sha256(name.encode()).digest()[:16])


def request_members(name: str, kid: str, alg: str) -> dict[str, object]:
    """Return the members of a well-formed request header, in the usual order."""
    return {
        "alg": alg,
        "kid": kid,
        "typ": "payreq+jws",
        "iat": SERVER_TIME,
        "jti": jti(name),
        "iss": CLIENT,
        "aud": AUDIENCE,
        "ath": sha256(ACCESS_TOKEN.encode()),
        "hdrs": HDRS,
    }


def compact(members: JsonMembers) -> str:
    """Return the JSON text of ``members`` without blanks."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)
