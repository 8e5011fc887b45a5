"""Answers and return results, accepted and refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tests.unit.identity.signature_vectors.draft import (
    CLIENT,
    ISSUER,
    OTHER_CLIENT,
    SERVER_TIME,
    Case,
    HeaderLines,
    Message,
    compact,
    jti,
    sha256,
)
from tests.unit.identity.signature_vectors.signer import Signer

# Any text: `req` is over the header value, whatever it says.
REQUEST_PROOF: Final = "eyJhbGciOiJFUzI1NiJ9..c2lnbmF0dXJl-of-the-request"
_REQUEST_ID: Final = ("Request-Id", "req_01kbqxyz0000000000000000aa")
_JSON: Final = ("Content-Type", "application/json")
_CREATED: Final[HeaderLines] = (_JSON, _REQUEST_ID, ("Location", "/v1/payments/pay_01kbqxyz0000000000000000aa"))
_BODY: Final = '{"id":"pay_01kbqxyz0000000000000000aa","object":"payment","description":"两杯咖啡"}'
_OK: Final = Message(status=201, headers=_CREATED, body=_BODY)
_CREATED_HDRS: Final = "Content-Type,Request-Id,Location"
_CONFLICT: Final = Message(
    status=409,
    headers=(("Content-Type", "application/problem+json"), _REQUEST_ID, ("Retry-After", "2")),
    body='{"code":"idempotency_in_progress","status":409}',
)
_REPLAYED: Final = replace(_OK, headers=(*_CREATED, ("Idempotent-Replayed", "true"), ("Server", "x")))
_GONE: Final = Message(status=204, headers=(_REQUEST_ID,), body="")


def _members(name: str, kid: str, alg: str, hdrs: str) -> dict[str, object]:
    return {
        "alg": alg,
        "kid": kid,
        "typ": "payres+jws",
        "iat": SERVER_TIME,
        "jti": jti(name),
        "iss": ISSUER,
        "aud": CLIENT,
        "req": sha256(REQUEST_PROOF.encode()),
        "hdrs": hdrs,
    }


def accepted_responses(signer: Signer) -> Iterator[Case]:
    """Yield answers that must be accepted."""
    cases: tuple[tuple[str, str, str, Message, str], ...] = (
        ("created_es256", "201 with a Location", "issuer-es256", _OK, _CREATED_HDRS),
        ("created_ps256", "the same with PS256", "issuer-ps256", _OK, _CREATED_HDRS),
        ("created_ed25519", "the same with Ed25519", "issuer-ed25519", _OK, _CREATED_HDRS),
        ("replayed", "an idempotent replay", "issuer-ed25519", _REPLAYED, f"{_CREATED_HDRS},Idempotent-Replayed"),
        ("conflict", "a problem, with Retry-After", "issuer-es256", _CONFLICT, "Content-Type,Request-Id,Retry-After"),
        ("no_content", "204 signs its status and Request-Id", "issuer-ed25519", _GONE, "Request-Id"),
    )
    for name, comment, kid, message, hdrs in cases:
        line = signer.detached(kid, compact(_members(name, kid, signer.alg(kid), hdrs)), message.payload(hdrs))
        yield Case(name=name, comment=comment, message=message, lines=(line,), signing_kid=kid)


def refused_responses(signer: Signer) -> Iterator[Case]:
    """Yield answers that must be refused; a client treats such an answer to a write as an unknown outcome."""
    kid = "issuer-ed25519"
    invalid, claims = ("signature_invalid", "signature"), ("signature_invalid", "claims")
    members, expired = ("signature_malformed", "members"), ("signature_expired", "window")
    unknown = ("signature_key_unknown", "key")
    cases: tuple[tuple[str, str, Message, dict[str, object], tuple[str, str]], ...] = (
        ("response_altered_status", "another status", replace(_OK, status=200), {}, invalid),
        ("response_altered_body", "another body", replace(_OK, body=_BODY.replace("payment", "refunds")), {}, invalid),
        (
            "response_altered_location",
            "another Location",
            replace(_OK, headers=(_JSON, _REQUEST_ID, ("Location", "/v1/payments/pay_1"))),
            {},
            invalid,
        ),
        ("response_dropped_header", "a covered header was removed", replace(_OK, headers=_CREATED[:2]), {}, members),
        (
            "response_added_replay",
            "Idempotent-Replayed was added",
            replace(_OK, headers=(*_CREATED, ("Idempotent-Replayed", "true"))),
            {},
            members,
        ),
        ("response_req_of_another", "the answer to another request", _OK, {"req": sha256(b"another")}, claims),
        ("response_for_another", "aud is another client", _OK, {"aud": OTHER_CLIENT}, claims),
        ("response_iss_other", "iss is somebody else", _OK, {"iss": "https://evil.example"}, claims),
        ("response_typ_of_request", "typ of a request", _OK, {"typ": "payreq+jws"}, members),
        ("response_with_ath", "ath belongs to requests", _OK, {"ath": sha256(b"x")}, members),
        ("response_too_old", "301 seconds behind", _OK, {"iat": SERVER_TIME - 301}, expired),
        ("response_kid_of_client", "signed by the client's key", _OK, {"kid": "merchant-ed25519"}, unknown),
    )
    yield Case(
        name="response_unsigned",
        comment="no JWS-Signature header",
        message=_OK,
        lines=(),
        signing_kid=kid,
        code="signature_missing",
        check="header",
    )
    for name, comment, sent, changes, (code, check) in cases:
        signer_kid = "merchant-ed25519" if name == "response_kid_of_client" else kid
        header = {**_members(name, kid, "Ed25519", _CREATED_HDRS), **changes}
        line = signer.detached(signer_kid, compact(header), _OK.payload(_CREATED_HDRS))
        yield Case(
            name=name, comment=comment, message=sent, lines=(line,), signing_kid=signer_kid, code=code, check=check
        )


def return_results(signer: Signer) -> Iterator[dict[str, object]]:
    """Yield the results that come back to a ``return_url``."""
    for kid in ("issuer-es256", "issuer-ps256", "issuer-ed25519"):
        protected = {"alg": signer.alg(kid), "kid": kid, "typ": "payreturn+jws"}
        claims = {
            "payment_id": "pay_01kbqxyz0000000000000000aa",
            "status": "succeeded",
            "iat": SERVER_TIME,
            "aud": "mch_01kbmerchant0000000000000a",
        }
        yield {
            "name": f"result_{signer.alg(kid).lower()}",
            "kid": kid,
            "protected": compact(protected),
            "payload": compact(claims),
            "result": signer.attached(kid, compact(protected), compact(claims).encode()),
        }
