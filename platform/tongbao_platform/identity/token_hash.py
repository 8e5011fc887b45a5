"""Secrets that are shown once and stored as hashes: making, hashing and comparing them."""

import hashlib
import hmac
import secrets
from typing import Final

from tongbao_platform.identity.jose import base64url

TOKEN_BYTES: Final = 32
_JTI_BYTES: Final = 16


def new_token() -> str:
    """Return a fresh secret of 256 random bits, 43 characters of base64url."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_jti() -> str:
    """Return a fresh one-time value of 128 random bits, 22 characters of base64url."""
    return secrets.token_urlsafe(_JTI_BYTES)


def hash_token(token: str) -> bytes:
    """Return SHA-256 of ``token``: what is stored of it. Only for secrets with at least 128 bits of entropy.

    A token is as its bearer sent it; one that is not ASCII was never ours and hashes to something we never stored.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def access_token_hash(token_hash: bytes) -> str:
    """Return the ``ath`` value (RFC 9449 section 4.2) for the stored SHA-256 of an access token."""
    return base64url.encode(token_hash)


def equal(left: str | bytes, right: str | bytes) -> bool:
    """Compare two values in a time that does not tell where they differ."""
    left_bytes = left.encode("utf-8", "surrogatepass") if isinstance(left, str) else left
    right_bytes = right.encode("utf-8", "surrogatepass") if isinstance(right, str) else right
    return hmac.compare_digest(left_bytes, right_bytes)
