"""Turns names of the document into names of Python."""

import keyword
import re
from typing import Final

# The SDK's options of a single call (tongbao/_options.py); a test keeps the two in step.
OPTIONS: Final = frozenset(
    "timeout_seconds max_retries api_version on_behalf_of extra_headers extra_query idempotency_key".split()
)
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
    name = python_name(value).upper() if _OTHER.sub("", value) else "ANY"
    name = f"V{name[1:]}" if value[:1].isdigit() else name
    return f"{name}_" if name in ("MRO", "NAME", "VALUE") else name


def argument_name(resource: str, name: str) -> str:
    """Return the argument for a field or parameter; what every call has already is named after the resource.

    ``api_version`` of a webhook endpoint is ``endpoint_api_version``.
    """
    python = python_name(name)
    return f"{singular(resource).rpartition('_')[2]}_{python}" if python in OPTIONS else python


def singular(plural: str) -> str:
    """Return the singular of a resource's name (``webhook_deliveries`` gives ``webhook_delivery``)."""
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural.removesuffix("s")


def error_class_name(code: str) -> str:
    """Return the exception class of an error code (``not_found`` gives ``NotFoundCodeError`` where it would clash)."""
    name = class_name(code)
    return name if name.endswith("Error") else f"{name}Error"
