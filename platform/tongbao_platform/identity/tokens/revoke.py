"""Revoke one access token, e.g. one that leaked; the client's other tokens stay."""

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class RevokeToken(msgspec.Struct, frozen=True, kw_only=True):
    """Name the token by its hash (``tokens.model.token_id``) and the client it was issued to."""

    token_id: str
    client_id: str


def keys(command: RevokeToken, found: Found) -> Keys:
    """Need the token and its client."""
    del found
    return Keys(rows=((Client, command.client_id), (AccessToken, command.token_id)))


def decide(rows: Rows, command: RevokeToken, now: Instant) -> Changes | Refusal:
    """Set ``revoked_at``; another client's token is unknown, a revoked one stays as it is (RFC 7009 section 2.2)."""
    token = rows.get(AccessToken, command.token_id)
    client = rows.get(Client, command.client_id)
    if token is None or client is None or token.client_id != client.id:
        return Refusal(code="not_found", detail="The client has no such token.")
    if token.revoked_at is not None:
        return Changes(result=token)
    revoked = msgspec.structs.replace(token, revoked_at=now)
    # Tokens drop no cache themselves (purging them would, too); the client's change does it for this one.
    touched = msgspec.structs.replace(client, revision=client.revision + 1)
    audit = NewAuditEntry(action="access_token.revoke", object_type="access_token", object_id=token.id)
    return Changes(result=revoked, update=(revoked, touched), audit=(audit,))
