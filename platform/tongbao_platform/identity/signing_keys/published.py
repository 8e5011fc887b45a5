"""The platform's keys as processes use them: the one that signs, and the JWKS document; both from memory."""

from typing import Final

import msgspec

from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.identity.jose.keys import SigningKey, import_private_jwk
from tongbao_platform.identity.signing_keys.model import PlatformKey, is_published
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import Clock
from tongbao_platform.kernel.errors import PlatformFault

SEAL_PURPOSE: Final = "signing_key"
# All keys of the platform are one entry of the cache.
ALL_KEYS: Final = "all"


class PlatformKeyLoader:
    """Loads the platform's published keys; ``load`` is what a versioned cache asks on a miss."""

    def __init__(self, store: PlatformKeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def load(self, which: str) -> tuple[PlatformKey, ...] | None:
        """Return the published keys, ``None`` when there are none yet."""
        del which
        return await self._store.published(self._clock.now()) or None


class SigningKeys:
    """Gives the active key and the published ones. ``cache`` is filled by ``PlatformKeyLoader.load``."""

    def __init__(self, cache: VersionedCache[str, tuple[PlatformKey, ...]], vault: Vault, clock: Clock) -> None:
        self._cache = cache
        self._vault = vault
        self._clock = clock
        self._opened: SigningKey | None = None

    async def published(self) -> tuple[PlatformKey, ...]:
        """Return the keys that belong in the JWKS document, oldest first."""
        now = self._clock.now()
        keys = await self._cache.get(ALL_KEYS) or ()
        return tuple(key for key in keys if is_published(key, now))

    async def active(self) -> SigningKey:
        """Return the key that signs; opened once and kept until another is active.

        ``PlatformFault`` when there is none: a platform gets its first keys before it serves.
        """
        for key in await self._cache.get(ALL_KEYS) or ():
            if key.status == "active":
                return self._open(key)
        raise PlatformFault("the platform has no active signing key")

    def _open(self, key: PlatformKey) -> SigningKey:
        if self._opened is not None and self._opened.kid == key.id:
            return self._opened
        if key.sealed_private is None:
            raise PlatformFault("the active signing key has no private half")
        self._opened = import_private_jwk(self._vault.open(SEAL_PURPOSE, key.id, key.sealed_private))
        return self._opened


def jwks_document(keys: tuple[PlatformKey, ...]) -> bytes:
    """Return the JWK Set of ``keys`` (RFC 7517 section 5): public members only, each with kid, alg and use."""
    return msgspec.json.encode({"keys": [msgspec.json.decode(key.public_jwk) for key in keys]})
