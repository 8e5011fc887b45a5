"""Compact and detached JSON Web Signatures taken apart, strictly (RFC 7515 sections 3.1, 5.2 and appendix F).

Nothing here verifies: what is returned is what somebody wrote, in its only possible spelling.
"""

from typing import Final

import msgspec

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.strict_json import DuplicateMember, JsonRefused, parse_object

MAX_COMPACT_BYTES: Final = 16 * 1024
MAX_DETACHED_BYTES: Final = 8 * 1024


class MalformedJws(ValueError):
    """The text is not a JWS in the form that is asked for."""


class RepeatedHeaderMember(MalformedJws):
    """The protected header names a member twice (RFC 7515 section 4)."""


class DetachedJws(msgspec.Struct, frozen=True):
    """A JWS whose payload travels elsewhere; ``header`` and ``signature`` are decoded, ``protected`` is as written."""

    protected: str
    header: dict[str, object]
    signature: bytes

    def signing_input(self, payload: bytes) -> bytes:
        """Return the octets the signature covers when ``payload`` is what it was detached from."""
        return f"{self.protected}.{base64url.encode(payload)}".encode("ascii")


class CompactJws(msgspec.Struct, frozen=True):
    """A JWS with its payload inside; all parts decoded, ``signing_input`` as written."""

    header: dict[str, object]
    payload: bytes
    signature: bytes
    signing_input: bytes


def parse_detached(text: str, max_bytes: int = MAX_DETACHED_BYTES) -> DetachedJws:
    """Take ``protected..signature`` apart; ``MalformedJws`` says in plain words what is wrong with it."""
    protected, payload, signature = _segments(text, max_bytes)
    if payload:
        raise MalformedJws("the payload must be detached (protected..signature)")
    return DetachedJws(protected, _header(protected), _decoded(signature, "signature"))


def parse_compact(text: str, max_bytes: int = MAX_COMPACT_BYTES) -> CompactJws:
    """Take ``protected.payload.signature`` apart; ``MalformedJws`` says in plain words what is wrong with it."""
    protected, payload, signature = _segments(text, max_bytes)
    return CompactJws(
        header=_header(protected),
        payload=_decoded(payload, "payload"),
        signature=_decoded(signature, "signature"),
        signing_input=f"{protected}.{payload}".encode("ascii"),
    )


def _segments(text: str, max_bytes: int) -> tuple[str, str, str]:
    # Length before anything else: decoding costs, and characters are at least as few as bytes.
    if len(text) > max_bytes:
        raise MalformedJws(f"longer than {max_bytes} bytes")
    segments = text.split(".", 3)
    if len(segments) != 3:
        raise MalformedJws("not three segments separated by dots")
    return segments[0], segments[1], segments[2]


def _decoded(segment: str, name: str) -> bytes:
    try:
        return base64url.decode(segment)
    except ValueError as error:
        raise MalformedJws(f"the {name} is {error}") from error


def _header(protected: str) -> dict[str, object]:
    try:
        return parse_object(_decoded(protected, "protected header"))
    except DuplicateMember as error:
        raise RepeatedHeaderMember("the protected header repeats a member") from error
    except JsonRefused as error:
        raise MalformedJws(f"the protected header is {error}") from error
