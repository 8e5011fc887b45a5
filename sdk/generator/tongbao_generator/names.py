"""Turns names of the document into names of Python."""

import keyword
import re
from typing import Final

_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


def class_name(name: str) -> str:
    """Return ``name`` in PascalCase; names that already are stay as they are."""
    words = [word for word in _OTHER.split(name) if word]
    return "".join(word[0].upper() + word[1:] for word in words) or "Unnamed"


def python_name(name: str) -> str:
    """Return ``name`` in snake_case, made a legal identifier that is no keyword."""
    snake = "_".join(word for word in _OTHER.split(_WORD_START.sub("_", name)) if word).lower()
    if not snake or snake[0].isdigit():
        snake = f"n{snake}"
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def constant_name(value: str) -> str:
    """Return the name of an enumeration's member."""
    name = python_name(value).upper()
    return f"{name}_" if name in ("MRO", "NAME", "VALUE") else name


def singular(plural: str) -> str:
    """Return the singular of a resource's name (``webhook_deliveries`` gives ``webhook_delivery``)."""
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural.removesuffix("s")


def error_class_name(code: str) -> str:
    """Return the exception class of an error code (``not_found`` gives ``NotFoundCodeError`` where it would clash)."""
    name = class_name(code)
    return name if name.endswith("Error") else f"{name}Error"
