"""base64url without padding, read strictly (RFC 7515 section 2 and appendix C)."""

import base64
import binascii
import re
from typing import Final

_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")


def encode(data: bytes) -> str:
    """Return ``data`` as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the octets of ``text``; ``ValueError`` for anything but the one canonical spelling of them.

    Padding, blanks, other alphabets, the empty string and spare bits that are not zero are refused, so that one
    signature has one text form.
    """
    if _ALPHABET.fullmatch(text) is None:
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if encode(data) != text:
        raise ValueError("base64url with spare bits")
    return data
