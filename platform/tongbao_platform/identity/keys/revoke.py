"""Revoke a client's key: its signatures count no more, and tokens that were asked for with it end, at once."""

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.keys.model import ClientKey
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class RevokeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Name the key by its id; ``reason`` goes to the audit trail and holds no personal data."""

    key_id: str
    reason: str = ""


def keys(command: RevokeKey, found: Found) -> Keys:
    """Need the key."""
    del found
    return Keys(rows=((ClientKey, command.key_id),))


def decide(rows: Rows, command: RevokeKey, now: Instant) -> Changes | Refusal:
    """Set ``revoked_at``; a key that is revoked already stays as it is."""
    key = rows.get(ClientKey, command.key_id)
    if key is None:
        return Refusal(code="not_found", detail="There is no such key.")
    if key.revoked_at is not None:
        return Changes(result=key)
    revoked = msgspec.structs.replace(key, revoked_at=now)
    audit = NewAuditEntry(action="client_key.revoke", object_type="client_key", object_id=key.id, detail=command.reason)
    return Changes(result=revoked, update=(revoked,), audit=(audit,))
