"""List cursors: opaque to clients, authenticated by us, and bound to client, route and filters.

A cursor is base64url of an HMAC-SHA256 (128 bits of it) and the position where the page ended. The MAC covers the
client, the merchant it acts for, the path and the filters too, none of which travel in the cursor: with anything else
it is invalid.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

_MAC_BYTES: Final = 16
_encode = msgspec.json.Encoder().encode


class InvalidCursor(ValueError):
    """The cursor was not made for this list, or not by us."""


class Cursors:
    """Makes and reads cursors under ``key`` (32 secret bytes, the same in every process)."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("a cursor key has at least 32 bytes")
        self._key = key

    def make(self, position: tuple[int | str, ...], binding: tuple[object, ...]) -> str:
        """Return the cursor for ``position`` in the list that ``binding`` describes."""
        told = _encode(position)
        return base64.urlsafe_b64encode(self._mac(told, binding) + told).rstrip(b"=").decode()

    def read(self, cursor: str, binding: tuple[object, ...]) -> tuple[int | str, ...]:
        """Return the position; ``InvalidCursor`` when the cursor is not one of this list."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        mac, told = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(told, binding)):
            raise InvalidCursor
        return msgspec.json.decode(told, type=tuple[int | str, ...])

    def _mac(self, told: bytes, binding: tuple[object, ...]) -> bytes:
        return hmac.digest(self._key, _encode((told.decode("utf-8", "replace"), binding)), hashlib.sha256)[:_MAC_BYTES]
