"""Standard Webhooks 1.0 signatures: ``v1`` (HMAC-SHA256) and ``v1a`` (Ed25519), over the raw body only."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tongbao._errors import SignatureError

TOLERANCE_SECONDS: Final = 300
_MAX_HEADER: Final = 8192
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NAMES: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class SignedHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """The three headers of a webhook."""

    message_id: str
    timestamp: str
    signatures: list[str]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The present (seconds since the epoch) and how far a webhook's timestamp may be from it."""

    now: float
    tolerance_seconds: float = TOLERANCE_SECONDS


def read_headers(headers: object) -> SignedHeaders:
    """Find the three headers, whatever the case of their names; ``SignatureError`` when one is missing or repeated.

    ``headers`` is a mapping, or pairs of text or octets as ASGI servers give them; WSGI's names
    (``HTTP_WEBHOOK_ID``) count too.
    """
    found: dict[str, str] = {}
    for name, value in _pairs(headers):
        key = name.lower().removeprefix("http_").replace("_", "-")
        if key not in _NAMES:
            continue
        if key in found and found[key] != value:
            raise SignatureError(f"the header {key} occurs more than once")
        if len(value) > _MAX_HEADER:
            raise SignatureError(f"the header {key} is too long")
        found[key] = value
    missing = [name for name in _NAMES if not found.get(name)]
    if missing:
        raise SignatureError(f"the header {missing[0]} is missing")
    return SignedHeaders(
        message_id=found["webhook-id"],
        timestamp=found["webhook-timestamp"],
        signatures=found["webhook-signature"].split(" "),
    )


def _pairs(headers: object) -> list[tuple[str, str]]:
    items: object = headers.items() if isinstance(headers, Mapping) else headers
    if not isinstance(items, Iterable):
        raise SignatureError("headers are neither a mapping nor pairs")
    pairs = []
    for item in items:
        if not isinstance(item, Sequence) or len(item) != 2:
            raise SignatureError("headers are neither a mapping nor pairs")
        name, value = (part.decode("latin-1") if isinstance(part, bytes) else part for part in item)
        if isinstance(name, str) and isinstance(value, str):
            pairs.append((name, value))
        elif isinstance(name, str) and name.lower() in _NAMES:
            raise SignatureError(f"the header {name} is not text")
    return pairs


def verify(body: bytes, headers: SignedHeaders, secrets: str | Iterable[str], window: Window) -> None:
    """Return if one of ``secrets`` signed ``body`` within the window; else ``SignatureError``.

    ``ValueError`` when a secret is not ``whsec_…`` or ``whpk_…``: that is the receiver's own mistake.
    """
    verifiers = [_read_secret(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not verifiers:
        raise ValueError("no webhook secret was given")
    _check_time(headers.timestamp, window)
    try:
        content = f"{headers.message_id}.{headers.timestamp}.".encode("ascii") + body
    except UnicodeEncodeError:
        raise SignatureError("the header webhook-id is not ASCII") from None
    candidates = [(version, _octets(text)) for version, _, text in (s.partition(",") for s in headers.signatures)]
    # No early exit: the time taken tells nothing about which signature or secret was near.
    fits = [
        verifier.verify(signature, content)
        for verifier in verifiers
        for version, signature in candidates
        if version == verifier.version and signature is not None
    ]
    if not any(fits):
        raise SignatureError("no signature of the webhook fits: is this the endpoint's secret and the raw body?")


def _check_time(timestamp: str, window: Window) -> None:
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureError("the header webhook-timestamp is not a number of seconds")
    age = window.now - int(timestamp)
    if age > window.tolerance_seconds:
        raise SignatureError("the webhook's timestamp is too old")
    if age < -window.tolerance_seconds:
        raise SignatureError("the webhook's timestamp lies too far in the future; is this machine's clock right?")


def _octets(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


class _Hmac:
    version = "v1"

    def __init__(self, key: bytes) -> None:
        self._key = key

    def verify(self, signature: bytes, content: bytes) -> bool:
        return hmac.compare_digest(hmac.new(self._key, content, hashlib.sha256).digest(), signature)


class _Ed25519:
    version = "v1a"

    def __init__(self, key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(key)

    def verify(self, signature: bytes, content: bytes) -> bool:
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


def _read_secret(secret: object) -> _Hmac | _Ed25519:
    if not isinstance(secret, str):
        raise TypeError("a webhook secret is text that starts with whsec_ or whpk_")
    prefix, _, text = secret.partition("_")
    key = _octets(text)
    if prefix == "whsk":
        raise ValueError("whsk_ is the sender's private key; a receiver needs the public one, whpk_")
    if prefix not in ("whsec", "whpk"):
        raise ValueError("a webhook secret starts with whsec_ (shared) or whpk_ (public key)")
    if key is None or not key:
        raise ValueError(f"what follows {prefix}_ is not base64")
    if prefix == "whsec":
        return _Hmac(key)
    if len(key) != 32:
        raise ValueError("a whpk_ key has 32 octets")
    return _Ed25519(key)
