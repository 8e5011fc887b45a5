"""JSON objects read so that two readers cannot understand two different things (RFC 8259, RFC 7515 section 4)."""

import json
from typing import Final, NoReturn

import msgspec


class JsonRefused(ValueError):
    """The octets are not one JSON object in UTF-8."""


class DuplicateMember(JsonRefused):
    """A member name occurs twice in one object."""


def parse_object(raw: bytes) -> dict[str, object]:
    """Return the JSON object in ``raw``.

    ``DuplicateMember`` when a name is repeated at any depth; ``JsonRefused`` for anything that is not an object in
    UTF-8 without a byte order mark, for ``NaN`` and ``Infinity``, for escaped lone surrogates, and for excessive
    depth. The caller bounds the size beforehand.
    """
    plain = _plain_object(raw)
    if plain is not None:
        return plain
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except DuplicateMember:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonRefused("not JSON") from error
    if not isinstance(value, dict):
        raise JsonRefused("not a JSON object")
    return value


def _plain_object(raw: bytes) -> dict[str, object] | None:
    """Return a flat object without escapes, quickly; ``None`` for whatever needs the full account."""
    if b"\\" in raw:
        return None
    try:
        value = _PLAIN_DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if type(value) is not dict:
        return None
    texts = len(value)
    for member in value.values():
        if type(member) is str:
            texts += 1
        elif type(member) is not int:
            return None
    # Each name and each text stands between two quotation marks: a repeated name would leave some over.
    return value if raw.count(b'"') == 2 * texts else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMember("a member name is repeated")
    return members


def _no_constant(name: str) -> NoReturn:
    raise JsonRefused(f"{name} is not JSON")


# Made once: `json.loads` with hooks builds a decoder each time.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_PLAIN_DECODER: Final = msgspec.json.Decoder()
