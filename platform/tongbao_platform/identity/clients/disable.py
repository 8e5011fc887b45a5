"""Disable a client: no new tokens, and its tokens end at once."""

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.clients.states import advance
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class DisableClient(msgspec.Struct, frozen=True, kw_only=True):
    """Name the client; ``reason`` goes to the audit trail and holds no personal data."""

    client_id: str
    reason: str = ""


def keys(command: DisableClient, found: Found) -> Keys:
    """Need the client."""
    del found
    return Keys(rows=((Client, command.client_id),))


def decide(rows: Rows, command: DisableClient, now: Instant) -> Changes | Refusal:
    """Disable it; the change drops it from every cache, so that its tokens are refused from now on."""
    del now
    client = rows.get(Client, command.client_id)
    if client is None:
        return Refusal(code="not_found", detail="There is no such client.")
    changed = advance(client, "disable")
    if isinstance(changed, Refusal):
        return changed
    audit = NewAuditEntry(action="client.disable", object_type="client", object_id=client.id, detail=command.reason)
    return Changes(result=changed, update=(changed,), audit=(audit,))
