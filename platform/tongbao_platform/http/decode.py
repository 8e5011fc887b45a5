"""Decoding a body strictly: one pass of msgspec when all is well, a full account of every error when it is not."""

import re
from typing import Any, Final, Generic, TypeVar

import msgspec

from tongbao_platform.http.field_errors import field_errors
from tongbao_platform.http.strict_json import InvalidJson, parse
from tongbao_platform.kernel.errors import FieldError, Refusal

T = TypeVar("T")

# What msgspec lets pass and we do not: escapes (which may hide control characters), DEL, and C1 controls in UTF-8.
_SUSPECT = re.compile(rb"[\\\x7f]|\xc2[\x80-\x9f]")
_UNTYPED: Final = msgspec.json.Decoder()


class Decoder(Generic[T]):
    """Decodes bodies into ``struct``."""

    def __init__(self, struct: type[T]) -> None:
        self._struct = struct
        self._decode = msgspec.json.Decoder(struct).decode

    def decode(self, body: bytes) -> T | Refusal:
        """Return the struct, or why not: 400 ``invalid_json``, 422 with every field error."""
        try:
            value = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._explain(body)
        if _SUSPECT.search(body) is not None or _key_count(body) != _distinct_keys(_UNTYPED.decode(body)):
            refusal = self._judge(body)
            if refusal is not None:
                return refusal
        return value

    def _explain(self, body: bytes) -> Refusal:
        refusal = self._judge(body)
        if refusal is not None:
            return refusal
        # msgspec says no and our account finds nothing: still a no.
        return invalid_fields((FieldError("", "bad_format", "The body is not acceptable."),))

    def _judge(self, body: bytes) -> Refusal | None:
        try:
            value = parse(body)
        except InvalidJson as error:
            return Refusal(code="invalid_json", detail=str(error), stored=False)
        errors = field_errors(value, self._struct)
        return invalid_fields(errors) if errors else None


class _NoMembers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operation without a body accepts: an empty object."""


_NO_MEMBERS: Final = Decoder(_NoMembers)


def refuse_body(body: bytes) -> Refusal | None:
    """Refuse the body of an operation that takes none; nothing at all and an empty object are the same."""
    if not body:
        return None
    decoded = _NO_MEMBERS.decode(body)
    return decoded if isinstance(decoded, Refusal) else None


def invalid_fields(errors: tuple[FieldError, ...]) -> Refusal:
    """Return the refusal for field errors: ``unknown_field`` when that is all there is."""
    if all(error.code == "unknown" for error in errors):
        return Refusal(code="unknown_field", detail=_told(errors), errors=errors, stored=False)
    return Refusal(code="validation_failed", detail=_told(errors), errors=errors, stored=False)


def _told(errors: tuple[FieldError, ...]) -> str:
    first = errors[0]
    told = f"{first.pointer or 'The body'}: {first.detail}"
    return told if len(errors) == 1 else f"{told} And {len(errors) - 1} more."


def _key_count(body: bytes) -> int:
    """Count the members as written: in valid JSON without escapes, colons outside strings."""
    return b"".join(body.split(b'"')[::2]).count(b":")


def _distinct_keys(value: Any) -> int:  # noqa: ANN401 - JSON may be anything
    """Count the members as read, where a repeated one counts once."""
    count = 0
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            count += len(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return count
