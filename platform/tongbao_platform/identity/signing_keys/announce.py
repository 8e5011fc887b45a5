"""Announce a signing key: publish it, so that everybody has fetched it before it signs."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.signing_keys.model import PlatformKey
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

_FIRST: Final = "first"


class AnnounceKey(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh key and the active one it will follow; ``follows`` is None for the platform's first key."""

    key_id: str
    alg: str
    public_jwk: str
    sealed_private: str
    follows: str | None


def claims(command: AnnounceKey) -> tuple[Claim, ...]:
    """Each key has one successor: of two processes that rotate at once, the second gets the first one's key."""
    return (_successor(command),)


def keys(command: AnnounceKey, found: Found) -> Keys:
    """Need the active key."""
    del found
    return Keys() if command.follows is None else Keys(rows=((PlatformKey, command.follows),))


def decide(rows: Rows, command: AnnounceKey, now: Instant) -> Changes | Refusal:
    """Insert the key as announced, or return the successor that was announced before."""
    taken = rows.taken(_successor(command))
    if taken is not None:
        return Changes(result=rows.get(PlatformKey, taken))
    key = PlatformKey(
        id=command.key_id,
        alg=command.alg,
        public_jwk=command.public_jwk,
        sealed_private=command.sealed_private,
        status="announced",
        announced_at=now,
        activated_at=None,
        retired_at=None,
        revision=1,
    )
    audit = NewAuditEntry(action="signing_key.announce", object_type="signing_key", object_id=key.id)
    if command.follows is None:
        return Changes(result=key, insert=(key,), audit=(audit,))
    active = rows.get(PlatformKey, command.follows)
    if active is None or active.status != "active":
        return Refusal(code="signing_key_invalid_state", detail="The key to follow is not the active one.")
    # An insert drops no cache, the active key's change does: every process then publishes the new key.
    touched = msgspec.structs.replace(active, revision=active.revision + 1)
    return Changes(result=key, insert=(key,), update=(touched,), audit=(audit,))


def _successor(command: AnnounceKey) -> Claim:
    return Claim("signing_key", "successor", command.follows or _FIRST, ref=command.key_id, model=PlatformKey)
