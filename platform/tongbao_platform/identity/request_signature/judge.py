"""The checks of a signature in their one order: header, members, key, signature, claims, window."""

import hashlib
from typing import Final

import msgspec

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.jws import DetachedJws, MalformedJws, RepeatedHeaderMember, parse_detached
from tongbao_platform.identity.jose.keys import PublicKey, is_kid
from tongbao_platform.identity.jose.signature import has_exact_length, verify
from tongbao_platform.identity.key_record import KeyLookup
from tongbao_platform.identity.request_signature import payload as octets
from tongbao_platform.identity.request_signature.model import (
    SIGNATURE_HEADER,
    Check,
    Code,
    Evidence,
    Headers,
    SignatureRefusal,
)
from tongbao_platform.identity.request_signature.protected import MembersRefused, Protected, read_protected
from tongbao_platform.identity.token_hash import equal
from tongbao_platform.kernel.clock import SECOND_MS, Instant

MAX_BEHIND_SECONDS: Final = 300
MAX_AHEAD_SECONDS: Final = 60


class Message(msgspec.Struct, frozen=True):
    """A request or an answer, reduced to what is signed; ``first_line`` without its LF."""

    first_line: bytes
    headers: Headers
    body: bytes


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature must say: its type, the headers it must cover when present (lower case), and its claims.

    ``binding`` names the member that ties it to a token (``ath``) or a request (``req``); ``bound`` is its value.
    """

    typ: str
    must_cover: frozenset[bytes]
    iss: str
    aud: str
    binding: str
    bound: str


class _Failed(Exception):
    """A check said no; carries what is known so far."""

    def __init__(self, code: Code, check: Check, detail: str) -> None:
        super().__init__(detail)
        self.code: Code = code
        self.check: Check = check
        self.detail = detail


def judge(message: Message, terms: Terms, find_key: KeyLookup, now: Instant) -> Evidence | SignatureRefusal:
    """Run every check in order and return the evidence, or the first refusal."""
    read: Protected | None = None
    payload: bytes | None = None
    try:
        values = octets.index(message.headers)
        proof, jws = _header(values)
        read = _members(jws, terms)
        payload = _payload(message, values, read, terms.must_cover)
        key = _key(read, terms.iss, find_key, now)
        _signature(key, jws, payload)
        _claims(read, terms)
        _window(read.iat, now)
    except _Failed as failed:
        return SignatureRefusal(
            code=failed.code,
            check=failed.check,
            detail=failed.detail,
            server_time=now,
            skew_seconds=None if read is None else read.iat - now // SECOND_MS,
            payload_sha256=None if payload is None else _sha256(payload),
            payload=payload,
        )
    return Evidence(
        kid=read.kid,
        alg=key.alg,
        thumbprint=key.thumbprint,
        iss=read.iss,
        iat=read.iat,
        jti=read.jti,
        proof=proof,
        payload=payload,
        payload_sha256=_sha256(payload),
    )


def refuse_unsignable(detail: str, now: Instant) -> SignatureRefusal:
    """Return the refusal of a message whose first line cannot be signed at all."""
    return SignatureRefusal(code="signature_malformed", check="header", detail=detail, server_time=now)


def _header(values: dict[bytes, bytes | None]) -> tuple[str, DetachedJws]:
    if SIGNATURE_HEADER not in values:
        raise _Failed("signature_missing", "header", "there is no JWS-Signature header")
    value = values[SIGNATURE_HEADER]
    if value is None:
        raise _Failed("signature_malformed", "header", "there is more than one JWS-Signature header")
    # Latin-1 keeps every octet one character, so sizes stay true; the parser admits ASCII only.
    proof = value.decode("latin-1")
    try:
        return proof, parse_detached(proof)
    except RepeatedHeaderMember as error:
        raise _Failed("signature_malformed", "members", str(error)) from error
    except MalformedJws as error:
        raise _Failed("signature_malformed", "header", str(error)) from error


def _members(jws: DetachedJws, terms: Terms) -> Protected:
    try:
        return read_protected(jws.header, terms.typ, terms.binding)
    except MembersRefused as error:
        raise _Failed("signature_malformed", "members", str(error)) from error


def _payload(
    message: Message, values: dict[bytes, bytes | None], read: Protected, must_cover: frozenset[bytes]
) -> bytes:
    try:
        payload = octets.join(message.first_line, values, read.names, message.body)
    except octets.PayloadRefused as error:
        raise _Failed("signature_malformed", "members", str(error)) from error
    for name in sorted(must_cover.intersection(values).difference(octets.covered_names(read.names))):
        spelled = name.decode("ascii")
        raise _Failed("signature_malformed", "members", f"the header {spelled} is present and not covered by hdrs")
    return payload


def _key(read: Protected, owner: str, find_key: KeyLookup, now: Instant) -> PublicKey:
    # A kid in no form that we register is not looked up: what we ask a database for is what it can hold.
    record = find_key(read.kid) if is_kid(read.kid) else None
    if record is None or record.kid != read.kid or record.owner != owner:
        raise _Failed("signature_key_unknown", "key", "kid is not a key of this client")
    if not record.usable(now):
        raise _Failed("signature_key_unknown", "key", "the key is revoked or not valid now")
    if record.alg != read.algorithm.name:
        raise _Failed("signature_key_unknown", "key", f"alg of this key is {record.alg}")
    return record.public_key()


def _signature(key: PublicKey, jws: DetachedJws, payload: bytes) -> None:
    if not has_exact_length(key, jws.signature):
        expected = key.algorithm.signature_bytes(key.material)
        raise _Failed("signature_malformed", "signature", f"a signature by this key has {expected} octets")
    if not verify(key, jws.signature, jws.signing_input(payload)):
        raise _Failed("signature_invalid", "signature", "the signature does not verify over the payload we built")


def _claims(read: Protected, terms: Terms) -> None:
    if read.iss != terms.iss:
        raise _Failed("signature_invalid", "claims", "iss is not the signer")
    if read.aud != terms.aud:
        raise _Failed("signature_invalid", "claims", "aud is not the receiver")
    if not equal(read.bound, terms.bound):
        raise _Failed("signature_invalid", "claims", f"{terms.binding} is of something else")


def _window(iat: int, now: Instant) -> None:
    skew_seconds = iat - now // SECOND_MS
    if skew_seconds < -MAX_BEHIND_SECONDS or skew_seconds > MAX_AHEAD_SECONDS:
        raise _Failed(
            "signature_expired",
            "window",
            f"iat must lie within {MAX_BEHIND_SECONDS} s before and {MAX_AHEAD_SECONDS} s after the server's time",
        )


def _sha256(payload: bytes) -> str:
    return base64url.encode(hashlib.sha256(payload).digest())
