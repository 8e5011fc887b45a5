"""Reads ``error_texts.toml``: what each error code means and what to do, in English and Chinese."""

from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = Path(__file__).with_name("error_texts.toml")


class ErrorText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hand-written words about one code; the English title is the server's own."""

    title_zh: str
    cause: str
    fix: str
    cause_zh: str
    fix_zh: str


def read_error_texts() -> dict[str, ErrorText]:
    """Return the words by code; ``msgspec.ValidationError`` names what is missing."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=dict[str, ErrorText])
