"""Turns arguments into request bodies, queries and paths: the exact octets that are signed and sent."""

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tongbao._open import UnknownVariant

_DOTS: Final = frozenset({"", ".", ".."})


def encode_body(fields: Mapping[str, object]) -> bytes:
    """Return ``fields`` as JSON without those that are ``UNSET``; ``TypeError``, ``ValueError`` for what JSON lacks."""
    return msgspec.json.encode(_plain(fields))


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON can hold has no narrower type
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, (datetime, date)):
        return format_time(value)
    if isinstance(value, UnknownVariant):
        return value.raw
    if isinstance(value, msgspec.Struct):
        return _plain_struct(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if item is not msgspec.UNSET}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        raise TypeError("floating-point numbers are not sent: amounts are integers of minor units, rates are strings")
    raise TypeError(f"cannot send a {type(value).__name__}")


def _plain_struct(value: msgspec.Struct) -> dict[str, Any]:
    """Return a model's fields; those at their default None were never given and are left out."""
    plain: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        item = getattr(value, field.name)
        if item is msgspec.UNSET or (item is None and field.default is None):
            continue
        plain[field.encode_name] = _plain(item)
    return plain


def format_time(value: datetime | date) -> str:
    """Return an instant as RFC 3339 in UTC with milliseconds, a date as ``YYYY-MM-DD``; naive times are refused."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone names no instant; use datetime.now(UTC) or .astimezone()")
    moment = value.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def encode_target(path: str, path_values: Mapping[str, str], query: Mapping[str, object]) -> str:
    """Return the request-target, path with query, percent-encoded so that no HTTP library has reason to change it.

    ``path`` is the template of the operation, e.g. ``/v1/payments/{id}``. ``ValueError`` for a value that would change
    the path's shape (empty, ``.`` or ``..``).
    """
    for name, value in path_values.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}")
        if value in _DOTS:
            raise ValueError(f"{name} must not be {value!r}")
        path = path.replace("{" + name + "}", quote(value, safe=""))
    pairs = [f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in _query_pairs(query)]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _query_pairs(query: Mapping[str, object]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is msgspec.UNSET or value is None:
            continue
        if isinstance(value, Mapping):
            pairs += [(f"{name}.{key}", _query_text(item)) for key, item in value.items()]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            pairs += [(name, _query_text(item)) for item in value]
        else:
            pairs.append((name, _query_text(value)))
    return pairs


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return format_time(value)
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, (str, int)):
        return str(value)
    raise TypeError(f"cannot send a {type(value).__name__} in a query")
