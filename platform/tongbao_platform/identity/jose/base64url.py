"""Base64url without padding (RFC 7515 section 2, RFC 4648 section 5), in its one canonical spelling."""

import binascii
from typing import Final

_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = (b"", b"===", b"==", b"=")


def encode(data: bytes) -> str:
    """Return ``data`` in base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the octets of ``text``, which must be one or more base64url characters and nothing else.

    ``ValueError`` for padding, blanks, characters of ordinary base64, an impossible length, and for spare bits that are
    not zero: two spellings of one value would let a signature be altered without its meaning.
    """
    try:
        padded = text.encode("ascii").translate(_TO_STANDARD) + _PADDING[len(text) % 4]
        data = binascii.a2b_base64(padded, strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url of whole octets") from error
    # What was not the one spelling of these octets, or no base64url at all, is not what they are written as.
    if not text or encode(data) != text:
        raise ValueError("not base64url in its canonical spelling, without padding")
    return data
