"""Error answers of the token endpoint, in the words of RFC 6749 section 5.2 (Authlib's classes carry the codes)."""

import re
from typing import Any, Final

import msgspec
from authlib.oauth2.rfc6749 import errors as oauth2

from tongbao_platform.kernel.errors import PlatformFault, Refusal

OAuth2Error: Final[type[Exception]] = oauth2.OAuth2Error

# What RFC 6749 section 5.2 does not allow in a description.
_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_MAX_DESCRIPTION: Final = 500
_AUTH_SCHEME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")
# Clients authenticate in the body; a 401 must name a scheme all the same (RFC 9110 section 15.5.2).
_BODY_SCHEME: Final = "private_key_jwt"


class TokenProblem(msgspec.Struct, frozen=True):
    """An error as it is answered: status, body, and the challenge of a 401."""

    status: int
    body: bytes
    challenge: str | None = None


def invalid_request(description: str) -> Exception:
    """Malformed: a parameter missing, repeated or out of place."""
    error: Exception = oauth2.InvalidRequestError(_text(description))
    return error


def invalid_client(description: str, *, scheme: str | None = None) -> Exception:
    """Not authenticated; ``scheme`` is that of the Authorization header, if there was one."""
    error = oauth2.InvalidClientError(_text(description), status_code=401)
    error.scheme = scheme if scheme is not None and _AUTH_SCHEME.fullmatch(scheme) else _BODY_SCHEME
    made: Exception = error
    return made


def unauthorized_client(description: str) -> Exception:
    """Authenticated, and not allowed to use this grant."""
    error: Exception = oauth2.UnauthorizedClientError(_text(description))
    return error


def unsupported_grant_type(description: str) -> Exception:
    """A grant that does not exist here."""
    error = oauth2.UnsupportedGrantTypeError(None)
    error.description = _text(description)
    made: Exception = error
    return made


def invalid_scope(description: str) -> Exception:
    """A scope that is unknown, or more than the client has."""
    error: Exception = oauth2.InvalidScopeError(_text(description))
    return error


def from_refusal(refusal: Refusal) -> Exception:
    """Return the error for an operation's refusal; ``PlatformFault`` for one that this endpoint cannot cause."""
    makers = {"invalid_client": invalid_client, "invalid_scope": invalid_scope}
    maker = makers.get(refusal.code)
    return PlatformFault(f"unexpected refusal: {refusal.code}") if maker is None else maker(refusal.detail)


def problem_of(error: Any, issuer: str) -> TokenProblem:  # noqa: ANN401 - Authlib's error classes carry no types
    """Return the answer to ``error``, an ``OAuth2Error``."""
    body = msgspec.json.encode({"error": error.error, "error_description": error.description})
    challenge = None
    if error.status_code == 401:
        challenge = f'{error.scheme} realm="{issuer}", error="{error.error}"'
    return TokenProblem(error.status_code, body, challenge)


def _text(description: str) -> str:
    return _NOT_ALLOWED.sub("?", description[:_MAX_DESCRIPTION].replace('"', "'"))
