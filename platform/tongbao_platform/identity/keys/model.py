"""A client's key as a value, and when it was last used."""

import msgspec

from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.kernel.clock import Instant


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A registered public key. ``kid`` is unique within its client for ever, also after revocation.

    ``public_jwk`` is the canonical text made by ``jose.keys.import_public_jwk``; ``alg`` never changes. Valid from
    ``valid_from`` (inclusive) until ``valid_until`` (exclusive; None is open-ended) unless revoked.
    """

    id: str
    client_id: str
    merchant_id: str
    kid: str
    alg: str
    public_jwk: str
    use: str
    valid_from: Instant
    valid_until: Instant | None
    revoked_at: Instant | None
    created_at: Instant


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """When a key last made a signature that was accepted; apart from the key, so that using one drops no cache.

    ``id`` is the key's. Written in batches, so the time may lag by a minute.
    """

    id: str
    last_used_at: Instant | None


class KeyWithUse(msgspec.Struct, frozen=True):
    """A key as its owner sees it."""

    key: ClientKey
    last_used_at: Instant | None


def key_record(key: ClientKey) -> KeyRecord:
    """Return ``key`` as the signature rules see it."""
    return KeyRecord(
        kid=key.kid,
        owner=key.client_id,
        alg=key.alg,
        public_jwk=key.public_jwk,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        revoked_at=key.revoked_at,
        use=key.use,
    )
