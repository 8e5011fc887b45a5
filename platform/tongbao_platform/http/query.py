"""Query parameters, as strictly as bodies: unknown ones are 422, unusable values 400, each named once."""

import re
from difflib import get_close_matches
from typing import Final, Generic, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import inspect

from tongbao_platform.http.decode import invalid_fields
from tongbao_platform.http.field_errors import MAX_ERRORS, field_errors, is_unfit
from tongbao_platform.http.strict_json import Members
from tongbao_platform.kernel.errors import FieldError, Refusal

T = TypeVar("T")

_METADATA: Final = "metadata."
_METADATA_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MAX_METADATA: Final = 5
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Query(msgspec.Struct, Generic[T], frozen=True):
    """The parameters as ``values``, and the ``metadata.<key>`` filters beside them."""

    values: T
    metadata: tuple[tuple[str, str], ...] = ()


class QueryDecoder(Generic[T]):
    """Decodes query strings into ``struct``; ``metadata_filter`` allows ``metadata.<key>`` besides its members."""

    def __init__(self, struct: type[T], *, metadata_filter: bool = False) -> None:
        self._struct = struct
        self._metadata_filter = metadata_filter
        info = inspect.type_info(struct)
        if not isinstance(info, inspect.StructType):
            raise TypeError("query parameters are described by a struct")
        self._integers = {field.encode_name: _is_integer(field.type) for field in info.fields}
        self._none = Query(msgspec.convert({}, struct)) if not any(field.required for field in info.fields) else None

    def decode(self, query: str) -> Query[T] | Refusal:
        """Return the parameters of a raw query string, or why not."""
        if not query and self._none is not None:
            return self._none
        reading = _Reading()
        for piece in query.split("&"):
            self._take(piece, reading)
        errors = [*reading.errors, *_named(field_errors(reading.members, self._struct))]
        if errors:
            return _refusal(errors)
        return Query(msgspec.convert(reading.members, self._struct), tuple(sorted(reading.metadata.items())))

    def _take(self, piece: str, reading: "_Reading") -> None:
        raw_name, _, raw_value = piece.partition("=")
        name, value = _unquoted(raw_name), _unquoted(raw_value)
        if name is None or value is None:
            reading.add(raw_name[:200], "bad_format", "It is not percent-encoded UTF-8.")
        elif name in reading.seen:
            reading.add(name, "not_allowed", "The parameter is given more than once.")
        elif name in self._integers:
            reading.seen.add(name)
            reading.members[name] = _integer_or_text(value) if self._integers[name] else value
        elif self._metadata_filter and name.startswith(_METADATA):
            reading.seen.add(name)
            self._take_metadata(name, value, reading)
        else:
            close = get_close_matches(name, list(self._integers), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            reading.add(name[:200], "unknown", "There is no such parameter." + hint)

    def _take_metadata(self, name: str, value: str, reading: "_Reading") -> None:
        key = name.removeprefix(_METADATA)
        if _METADATA_KEY.fullmatch(key) is None:
            reading.add(name[:200], "bad_format", "A key has 1 to 40 characters of A-Z a-z 0-9 _ . -.")
        elif is_unfit(value):
            reading.add(name, "bad_format", "Control characters other than TAB and LF are not allowed.")
        elif len(value) > 500:
            reading.add(name, "too_long", "At most 500 characters.")
        elif len(reading.metadata) >= _MAX_METADATA:
            reading.add(name, "not_allowed", f"At most {_MAX_METADATA} keys.")
        else:
            reading.metadata[key] = value


class _Reading:
    def __init__(self) -> None:
        self.members = Members()
        self.metadata: dict[str, str] = {}
        self.seen: set[str] = set()
        self.errors: list[FieldError] = []

    def add(self, name: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(f"query:{name}", code, detail))


def refuse_parameters(query: str) -> Refusal | None:
    """Refuse any parameter of an operation that takes none."""
    if not query:
        return None
    decoded = _NO_PARAMETERS.decode(query)
    return decoded if isinstance(decoded, Refusal) else None


class _NoParameters(msgspec.Struct, frozen=True):
    """An operation without parameters."""


_NO_PARAMETERS: Final = QueryDecoder(_NoParameters)


def _refusal(errors: list[FieldError]) -> Refusal:
    if all(error.code == "unknown" for error in errors):
        return invalid_fields(tuple(errors[:MAX_ERRORS]))
    detail = f"{errors[0].pointer}: {errors[0].detail}"
    return Refusal(code="invalid_parameter", detail=detail, errors=tuple(errors[:MAX_ERRORS]), stored=False)


def _named(errors: tuple[FieldError, ...]) -> list[FieldError]:
    return [FieldError("query:" + error.pointer.lstrip("/"), error.code, error.detail) for error in errors]


def _unquoted(raw: str) -> str | None:
    """Decode a name or value (application/x-www-form-urlencoded); ``None`` when it is not encoded UTF-8."""
    if _BAD_ESCAPE.search(raw) is not None:
        return None
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _integer_or_text(value: str) -> int | str:
    return int(value) if _INTEGER.fullmatch(value) else value


def _is_integer(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_integer(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(_is_integer(option) for option in kind.types)
    return isinstance(kind, inspect.IntType)
