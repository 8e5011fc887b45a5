"""The access token as a value. The token itself is never stored, only its hash."""

import re
import secrets
from typing import Final

import msgspec

from tongbao_platform.identity.token_hash import access_token_hash, hash_token
from tongbao_platform.kernel.clock import Instant

# The prefix lets secret scanners recognise a leaked token.
TOKEN_PREFIX: Final = "tbat_"
_TOKEN_BYTES: Final = 32
_TOKEN = re.compile(r"tbat_[A-Za-z0-9_-]{43}")


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was issued.

    ``id`` is ``ath``: base64url of the token's SHA-256 (RFC 9449 section 4.2), which a request's signature must name.
    ``key_id`` is the client key that signed the assertion the token was asked for with: revoking it ends the token.
    Good from ``issued_at`` until ``expires_at`` (exclusive) unless ``revoked_at`` is set.
    """

    id: str
    client_id: str
    key_id: str
    scopes: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None


def new_access_token() -> str:
    """Return a fresh token: ``tbat_`` and 256 random bits in 43 characters of base64url."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def is_access_token(text: str) -> bool:
    """Tell whether ``text`` is spelled like a token (it may still be nobody's)."""
    return _TOKEN.fullmatch(text) is not None


def token_id(token: str) -> str:
    """Return the id under which ``token`` is stored."""
    return access_token_hash(hash_token(token))
