"""Secrets at rest: AES-256-GCM under a key-encryption key (NIST SP 800-38D), bound to the row they belong to.

A sealed value reads ``v1.<kek id>.<nonce>.<ciphertext and tag>``, the last two in base64url. Its associated data is
``purpose|row id``, so that a value moved to another row or column does not open. Nonces are random, 96 bits: make
another key active before one has sealed 2^32 values.
"""

import hmac
import re
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keyring import Keyring

_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
# Without the separator, so that purpose and row id cannot be shifted against each other.
_PURPOSE = re.compile(r"[a-z0-9_.]+")


class SealBroken(RuntimeError):
    """A sealed value does not open: altered, of another row, or sealed under a key that the keyring lacks."""


class Vault:
    """Seals and opens under a keyring; keeps no secret but the keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._active_id = keyring.active_id
        self._active_key = keyring.keys[keyring.active_id]
        self._ciphers = {kek_id: AESGCM(key) for kek_id, key in keyring.keys.items()}

    def seal(self, purpose: str, row_id: str, plaintext: bytes) -> str:
        """Return ``plaintext`` sealed under the active key for one row.

        ``purpose`` names the kind of secret (``a-z 0-9 _ .``, e.g. ``webhook_secret``), ``row_id`` the row.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._active_id].encrypt(nonce, plaintext, _associated(purpose, row_id))
        return f"{_VERSION}.{self._active_id}.{base64url.encode(nonce)}.{base64url.encode(sealed)}"

    def open(self, purpose: str, row_id: str, sealed: str) -> bytes:
        """Return what was sealed for this purpose and row; ``SealBroken`` when it was not."""
        kek_id, nonce, ciphertext = _parse(sealed)
        cipher = self._ciphers.get(kek_id)
        if cipher is None:
            raise SealBroken(f"sealed under the key {kek_id!r}, which the keyring lacks")
        try:
            return cipher.decrypt(nonce, ciphertext, _associated(purpose, row_id))
        except InvalidTag:
            raise SealBroken("altered, or sealed for another row") from None

    def derive(self, purpose: str) -> bytes:
        """Return 32 octets for ``purpose`` (cursors, CSRF, …), the same in every process with this active key."""
        return hmac.digest(self._active_key, b"tongbao derive|" + purpose.encode(), "sha256")

    def is_outdated(self, sealed: str) -> bool:
        """Tell whether ``sealed`` should be opened and sealed again, for another key is active now."""
        return _parse(sealed)[0] != self._active_id


def _associated(purpose: str, row_id: str) -> bytes:
    if _PURPOSE.fullmatch(purpose) is None or not row_id:
        raise ValueError("a purpose is a-z, 0-9, _ and . and a row id is not empty")
    return f"{purpose}|{row_id}".encode()


def _parse(sealed: str) -> tuple[str, bytes, bytes]:
    parts = sealed.split(".")
    if len(parts) != 4 or parts[0] != _VERSION:
        raise SealBroken("not a sealed value")
    try:
        nonce, ciphertext = base64url.decode(parts[2]), base64url.decode(parts[3])
    except ValueError:
        raise SealBroken("not a sealed value") from None
    if len(nonce) != _NONCE_BYTES or len(ciphertext) < _TAG_BYTES:
        raise SealBroken("not a sealed value")
    return parts[1], nonce, ciphertext
