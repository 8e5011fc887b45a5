"""Says what is wrong with every member of a readable value, all at once (at most 100), against a wire struct.

This is the slow path: it runs only after msgspec's own strict decoding has said no, or when a body holds something that
msgspec lets pass. It walks msgspec's own description of the type, so there is one source of rules.
"""

import contextlib
import re
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final

import msgspec
from msgspec import inspect

from tongbao_platform.http.strict_json import Fraction, Members
from tongbao_platform.kernel.errors import FieldError

MAX_ERRORS: Final = 100
TIMESTAMP: Final[Any] = Annotated[datetime, msgspec.Meta(tz=True)]

# Control characters (Unicode category Cc) other than TAB and LF, and surrogates that stand alone.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class _Full(Exception):
    """Enough errors have been found."""


def field_errors(value: Any, struct: type[Any]) -> tuple[FieldError, ...]:  # noqa: ANN401 - JSON may be anything
    """Return what is wrong with ``value`` (of ``strict_json.parse``) as ``struct``; empty when nothing is."""
    walk = _Walk()
    with contextlib.suppress(_Full):
        walk.visit(value, inspect.type_info(struct), "")
    return tuple(walk.errors)


def is_unfit(text: str) -> bool:
    """Tell whether ``text`` holds a control character other than TAB and LF, or a lone surrogate."""
    return _UNFIT.search(text) is not None


class _Walk:
    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, pointer: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(pointer, code, detail))
        if len(self.errors) >= MAX_ERRORS:
            raise _Full

    def visit(self, value: Any, kind: inspect.Type, pointer: str) -> None:  # noqa: ANN401 - JSON may be anything
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
        if isinstance(kind, inspect.UnionType):
            self._union(value, kind, pointer)
        elif isinstance(kind, inspect.StructType):
            self._struct(value, kind, pointer)
        elif isinstance(kind, inspect.DictType):
            self._dict(value, kind, pointer)
        elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
            self._list(value, kind, pointer)
        elif isinstance(kind, inspect.LiteralType):
            self._literal(value, kind, pointer)
        elif isinstance(kind, inspect.StrType):
            self._string(value, kind, pointer)
        elif isinstance(kind, inspect.IntType):
            self._integer(value, kind, pointer)
        elif isinstance(kind, inspect.BoolType):
            if not isinstance(value, bool):
                self.add(pointer, "wrong_type", "It must be true or false.")
        elif isinstance(kind, inspect.DateTimeType | inspect.DateType):
            self._moment(value, kind, pointer)
        else:
            raise TypeError(f"no rules for {kind!r}: a wire struct uses a type that this walk does not know")

    def _union(self, value: Any, kind: inspect.UnionType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if value is None and kind.includes_none:
            return
        options = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
        if len(options) == 1:
            self.visit(value, options[0], pointer)
            return
        tagged = {option.tag: option for option in options if isinstance(option, inspect.StructType)}
        first = next(iter(tagged.values()))
        if not isinstance(value, Members):
            self.add(pointer, "wrong_type", "It must be an object.")
            return
        name = first.tag_field or ""
        if name not in value:
            self.add(f"{pointer}/{name}", "required", f"One of: {_choices(tagged)}.")
            return
        tag = value[name]
        if not isinstance(tag, str):
            self.add(f"{pointer}/{name}", "wrong_type", "It must be a string.")
        elif tag not in tagged:
            self.add(f"{pointer}/{name}", "not_allowed", f"One of: {_choices(tagged)}.")
        else:
            self._struct(value, tagged[tag], pointer)

    def _struct(self, value: Any, kind: inspect.StructType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if not isinstance(value, Members):
            self.add(pointer, "wrong_type", "It must be an object.")
            return
        fields = {field.encode_name: field for field in kind.fields}
        for name, field in fields.items():
            if name in value:
                self.visit(value[name], field.type, f"{pointer}/{_escaped(name)}")
            elif field.required:
                self.add(f"{pointer}/{_escaped(name)}", "required", "The member is missing.")
        for name in value:
            if name not in fields and name != kind.tag_field:
                self._unknown(name, list(fields), pointer)

    def _unknown(self, name: str, known: list[str], pointer: str) -> None:
        close = get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        self.add(f"{pointer}/{_escaped(name)}", "unknown", "There is no such member." + hint)

    def _dict(self, value: Any, kind: inspect.DictType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if not isinstance(value, Members):
            self.add(pointer, "wrong_type", "It must be an object.")
            return
        if kind.max_length is not None and len(value) > kind.max_length:
            self.add(pointer, "too_large", f"At most {kind.max_length} members.")
        for name, item in value.items():
            inner = f"{pointer}/{_escaped(name)}"
            before = len(self.errors)
            self.visit(name, kind.key_type, inner)
            if len(self.errors) == before:
                self.visit(item, kind.value_type, inner)

    def _list(
        self,
        value: Any,  # noqa: ANN401 - see visit
        kind: inspect.ListType | inspect.VarTupleType,
        pointer: str,
    ) -> None:
        if not isinstance(value, list):
            self.add(pointer, "wrong_type", "It must be a list.")
            return
        if kind.max_length is not None and len(value) > kind.max_length:
            self.add(pointer, "too_large", f"At most {kind.max_length} items.")
        if kind.min_length is not None and len(value) < kind.min_length:
            self.add(pointer, "too_small", f"At least {kind.min_length} items.")
        for index, item in enumerate(value):
            self.visit(item, kind.item_type, f"{pointer}/{index}")

    def _literal(self, value: Any, kind: inspect.LiteralType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if not isinstance(value, str):
            self.add(pointer, "wrong_type", "It must be a string.")
        elif value not in kind.values:
            self.add(pointer, "not_allowed", f"One of: {', '.join(str(choice) for choice in kind.values)}.")

    def _string(self, value: Any, kind: inspect.StrType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if not isinstance(value, str):
            self.add(pointer, "wrong_type", "It must be a string.")
        elif is_unfit(value):
            self.add(pointer, "bad_format", "Control characters other than TAB and LF are not allowed.")
        elif kind.max_length is not None and len(value) > kind.max_length:
            self.add(pointer, "too_long", f"At most {kind.max_length} characters.")
        elif kind.min_length is not None and len(value) < kind.min_length:
            self.add(pointer, "too_small", f"At least {kind.min_length} characters.")
        elif kind.pattern is not None and re.search(kind.pattern, value) is None:
            self.add(pointer, "bad_format", f"It must match {_shown(kind.pattern)}.")

    def _integer(self, value: Any, kind: inspect.IntType, pointer: str) -> None:  # noqa: ANN401 - see visit
        if isinstance(value, Fraction) and value.text.lstrip("-").isdigit():
            self.add(pointer, "too_small" if value.text.startswith("-") else "too_large", "The number is out of range.")
        elif isinstance(value, bool) or not isinstance(value, int):
            self.add(pointer, "wrong_type", "It must be an integer, written without a fraction or an exponent.")
        elif kind.ge is not None and value < kind.ge:
            self.add(pointer, "too_small", f"At least {kind.ge}.")
        elif kind.le is not None and value > kind.le:
            self.add(pointer, "too_large", f"At most {kind.le}.")

    def _moment(
        self,
        value: Any,  # noqa: ANN401 - see visit
        kind: inspect.DateTimeType | inspect.DateType,
        pointer: str,
    ) -> None:
        if not isinstance(value, str):
            self.add(pointer, "wrong_type", "It must be a string.")
        elif isinstance(kind, inspect.DateType):
            if not is_date(value):
                self.add(pointer, "bad_format", "It must be a date, as 2026-11-22.")
        elif not is_instant(value):
            self.add(pointer, "bad_format", "It must be RFC 3339 with a zone, as 2026-11-22T10:30:00.000Z.")


def is_date(text: str) -> bool:
    """Tell whether ``text`` is a full-date of RFC 3339, by msgspec's own reading."""
    try:
        msgspec.convert(text, date)
    except msgspec.ValidationError:
        return False
    return True


def is_instant(text: str) -> bool:
    """Tell whether ``text`` is RFC 3339 with a zone, by msgspec's own reading."""
    try:
        msgspec.convert(text, TIMESTAMP)
    except msgspec.ValidationError:
        return False
    return True


def _choices(tagged: dict[Any, inspect.StructType]) -> str:
    return ", ".join(sorted(str(tag) for tag in tagged))


def _escaped(name: str) -> str:
    """Escape a member's name for a pointer (RFC 6901 section 3); what cannot be written in UTF-8 is replaced."""
    fit = _UNFIT.sub("\ufffd", name[:200])
    return fit.replace("~", "~0").replace("/", "~1")


def _shown(pattern: str) -> str:
    return pattern.replace(r"(?!\n)", "")
