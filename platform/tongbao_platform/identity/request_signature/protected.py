"""The members of the protected header: exactly these, each of its type and form."""

import re
from typing import Final

import msgspec

from tongbao_platform.identity.jose.algorithms.port import Algorithm
from tongbao_platform.identity.jose.algorithms.registry import ACCEPTED_NAMES, algorithm_named

_JTI = re.compile(r"[A-Za-z0-9_-]{22,64}")
_MAX_SECONDS: Final = 2**53 - 1


class MembersRefused(ValueError):
    """A member is missing, empty, mistyped, malformed or one too many."""


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """A protected header in order; ``bound`` is ``ath`` of a request, ``req`` of an answer."""

    algorithm: Algorithm
    kid: str
    iat: int
    jti: str
    iss: str
    aud: str
    bound: str
    names: tuple[str, ...]


def read_protected(header: dict[str, object], typ: str, binding: str) -> Protected:
    """Return the members of ``header``, which must be of type ``typ`` and bound by the member ``binding``."""
    expected = {"alg", "kid", "typ", "iat", "jti", "iss", "aud", binding, "hdrs"}
    if header.keys() != expected:
        _refuse_names(header, expected)
    if header["typ"] != typ:
        raise MembersRefused(f"typ must be {typ}")
    algorithm = algorithm_named(_text(header, "alg"))
    if algorithm is None:
        raise MembersRefused(f"alg must be one of {', '.join(ACCEPTED_NAMES)}")
    jti = _text(header, "jti")
    if _JTI.fullmatch(jti) is None:
        raise MembersRefused("jti must be 22 to 64 characters of base64url")
    hdrs = header["hdrs"]
    if not isinstance(hdrs, str):
        raise MembersRefused("hdrs must be a string")
    return Protected(
        algorithm=algorithm,
        kid=_text(header, "kid"),
        iat=_seconds(header["iat"]),
        jti=jti,
        iss=_text(header, "iss"),
        aud=_text(header, "aud"),
        bound=_text(header, binding),
        names=tuple(hdrs.split(",")) if hdrs else (),
    )


def _refuse_names(header: dict[str, object], expected: set[str]) -> None:
    missing = sorted(expected - header.keys())
    if missing:
        raise MembersRefused(f"the protected header lacks {', '.join(missing)}")
    # The foreign names are the sender's text and are not repeated.
    raise MembersRefused(f"the protected header has members besides {', '.join(sorted(expected))}")


def _text(header: dict[str, object], name: str) -> str:
    value = header[name]
    if not isinstance(value, str) or not value:
        raise MembersRefused(f"{name} must be a string that is not empty")
    return value


def _seconds(value: object) -> int:
    # bool is an int to Python, and not to JSON.
    if type(value) is not int or not 0 <= value <= _MAX_SECONDS:
        raise MembersRefused("iat must be an integer number of seconds")
    return value
