"""JSON Web Signatures in the one strict form the API uses (RFC 7515; `JWS-Signature` v1)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from tongbao import _base64url
from tongbao._keys import Signer
from tongbao._public_keys import PublicKey

MAX_LENGTH = 8192


class Malformed(ValueError):
    """The text is no JWS of the accepted form."""


class ParsedJws(msgspec.Struct, frozen=True):
    """A JWS taken apart; nothing of it is verified yet."""

    protected: Mapping[str, Any]
    protected_segment: str
    payload_segment: str
    signature: bytes


def digest(text: str) -> str:
    """Return base64url(SHA-256(text)), the form of ``ath`` and ``req``."""
    return _base64url.encode(hashlib.sha256(text.encode("ascii")).digest())


def sign_detached(signer: Signer, protected: Mapping[str, Any], payload: bytes) -> str:
    """Return ``BASE64URL(protected) ".." BASE64URL(signature)`` (RFC 7515 appendix F)."""
    head = _base64url.encode(msgspec.json.encode(protected))
    signature = signer.sign(f"{head}.{_base64url.encode(payload)}".encode("ascii"))
    return f"{head}..{_base64url.encode(signature)}"


def sign_compact(signer: Signer, protected: Mapping[str, Any], payload: bytes) -> str:
    """Return ``protected.payload.signature`` (RFC 7515 section 7.1)."""
    content = f"{_base64url.encode(msgspec.json.encode(protected))}.{_base64url.encode(payload)}"
    return f"{content}.{_base64url.encode(signer.sign(content.encode('ascii')))}"


def parse(text: str, *, detached: bool) -> ParsedJws:
    """Take a JWS apart; ``Malformed`` for any other spelling than the canonical one, or a header member named twice."""
    if len(text) > MAX_LENGTH:
        raise Malformed("the JWS is too long")
    segments = text.split(".")
    if len(segments) != 3 or bool(segments[1]) == detached:
        raise Malformed("the JWS does not have the expected three parts")
    try:
        head = _base64url.decode(segments[0])
        signature = _base64url.decode(segments[2])
        if not detached:
            _base64url.decode(segments[1])
        protected = parse_object(head)
    except ValueError as error:
        raise Malformed(f"the JWS is malformed: {error}") from None
    return ParsedJws(protected, segments[0], segments[1], signature)


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in ``data``; ``ValueError`` for anything else and for a member named twice."""
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_members, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - it is the text that is wrong
    return found


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def is_signed_by(key: PublicKey, jws: ParsedJws, payload_segment: str | None = None) -> bool:
    """Whether ``key`` made the signature over the header as it was sent and the payload."""
    segment = jws.payload_segment if payload_segment is None else payload_segment
    return key.verify(jws.signature, f"{jws.protected_segment}.{segment}".encode("ascii"))


def algorithm_fits(key: PublicKey, name: object) -> bool:
    """Whether a header's ``alg`` names the key's one algorithm (EdDSA is the older name of Ed25519, RFC 9864)."""
    return name == key.algorithm or (name == "EdDSA" and key.algorithm == "Ed25519")
