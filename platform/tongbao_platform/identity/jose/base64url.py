"""Base64url without padding (RFC 7515 section 2, RFC 4648 section 5), in its one canonical spelling."""

import binascii
import re
from typing import Final

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_TO_STANDARD: Final = str.maketrans("-_", "+/")
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = ("", "===", "==", "=")


def encode(data: bytes) -> str:
    """Return ``data`` in base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the octets of ``text``, which must be one or more base64url characters and nothing else.

    ``ValueError`` for padding, blanks, characters of ordinary base64, an impossible length, and for spare bits that are
    not zero: two spellings of one value would let a signature be altered without its meaning.
    """
    if _SEGMENT.fullmatch(text) is None:
        raise ValueError("not base64url without padding")
    padded = text.translate(_TO_STANDARD) + _PADDING[len(text) % 4]
    try:
        data = binascii.a2b_base64(padded, strict_mode=True)
    except binascii.Error as error:
        raise ValueError("not base64url of whole octets") from error
    if encode(data) != text:
        raise ValueError("not the canonical base64url spelling")
    return data
