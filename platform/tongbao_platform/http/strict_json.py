"""Strict JSON (RFC 8259, and I-JSON's one meaning per text): a body is readable or it is refused with 400.

Refused are: a byte order mark, bytes that are not UTF-8, bad syntax, a member named twice, nesting deeper than 32.
"""

import json
import re
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 32

_BOM: Final = b"\xef\xbb\xbf"
# Strings are skipped whole, so that brackets inside them do not count.
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class InvalidJson(ValueError):
    """The text cannot be read as one JSON value with one meaning."""


class Fraction:
    """A number with a fraction or an exponent; kept apart, because 3.0 is not an integer here."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Members(dict[str, Any]):
    """An object; a class of its own so that nothing else is taken for one."""


def parse(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the value of ``body``: ``Members``, list, str, int, bool, None, and ``Fraction`` for other numbers.

    Strings may still hold control characters and lone surrogates that were escaped: those are field errors.
    """
    if body.startswith(_BOM):
        raise InvalidJson("The body starts with a byte order mark.")
    if not body.strip(b" \t\r\n"):
        raise InvalidJson("The body is empty.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson(f"Byte {error.start} is not UTF-8.") from error
    _check_depth(body)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"Syntax error at line {error.lineno}, column {error.colno}.") from error


def _check_depth(body: bytes) -> None:
    depth = 0
    for found in _NESTING.finditer(body):
        token = found.group()
        if token in (b"{", b"["):
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJson(f"The nesting is deeper than {MAX_DEPTH}.")
        elif token in (b"}", b"]"):
            depth -= 1


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = Members(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                # The name itself may hold anything; it is not repeated.
                raise InvalidJson("An object has a member of the same name twice.")
            seen.add(name)
    return members


def _integer(text: str) -> int | Fraction:
    # Python refuses to read thousands of digits, and no amount has them.
    return int(text) if len(text) <= 100 else Fraction(text)


def _no_constant(text: str) -> NoReturn:
    raise InvalidJson(f"{text} is not JSON.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=Fraction, parse_int=_integer, parse_constant=_no_constant
)
