"""Activate an announced signing key; the one that was active retires in the same transaction."""

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.signing_keys.model import PlatformKey
from tongbao_platform.identity.signing_keys.states import advance
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class ActivateKey(msgspec.Struct, frozen=True, kw_only=True):
    """``replaces`` is the active key, None when there is none yet.

    ``announced_for_ms`` is how long the key must have been announced, so that whoever caches the key set knows it.
    """

    key_id: str
    replaces: str | None
    announced_for_ms: int


def keys(command: ActivateKey, found: Found) -> Keys:
    """Need both keys."""
    del found
    both = (command.key_id,) if command.replaces is None else (command.key_id, command.replaces)
    return Keys(rows=tuple((PlatformKey, key_id) for key_id in both))


def decide(rows: Rows, command: ActivateKey, now: Instant) -> Changes | Refusal:
    """Move both keys on; a key that is active already is returned as it is."""
    key = rows.get(PlatformKey, command.key_id)
    if key is None:
        return Refusal(code="not_found", detail="There is no such signing key.")
    if key.status == "active":
        return Changes(result=key)
    if now < key.announced_at + command.announced_for_ms:
        return Refusal(
            code="signing_key_too_new",
            detail="The key was announced too recently; those who cache the key set do not know it yet.",
            retryable=True,
        )
    activated = advance(key, "activate", now)
    if isinstance(activated, Refusal):
        return activated
    audit = NewAuditEntry(action="signing_key.activate", object_type="signing_key", object_id=key.id)
    if command.replaces is None:
        return Changes(result=activated, update=(activated,), audit=(audit,))
    former = rows.get(PlatformKey, command.replaces)
    retired = None if former is None else advance(former, "retire", now)
    if not isinstance(retired, PlatformKey):
        return retired or Refusal(code="not_found", detail="There is no such signing key to replace.")
    return Changes(result=activated, update=(activated, retired), audit=(audit,))
