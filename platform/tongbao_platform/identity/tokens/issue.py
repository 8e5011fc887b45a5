"""Issue an access token for a client that proved itself with an assertion, which is spent in the same transaction."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, OneTime, Rows
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keys.model import ClientKey, key_record
from tongbao_platform.identity.token_hash import hash_token
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.kernel.clock import SECOND_MS, Instant, later
from tongbao_platform.kernel.errors import Refusal

ASSERTION_REPLAYED: Final = Refusal(
    code="invalid_client",
    detail="The client assertion was used before; its jti is good for one request (RFC 7523 section 3).",
    stored=False,
)


class IssueToken(msgspec.Struct, frozen=True, kw_only=True):
    """``token_id`` is the hash of a fresh token; ``scopes`` are a subset of the client's, sorted."""

    token_id: str
    client_id: str
    key_id: str
    scopes: tuple[str, ...]
    lifetime_seconds: int


def assertion_once(client_id: str, jti: str, keep_until: Instant) -> OneTime:
    """Return the claim that lets an assertion be used once per client, across all endpoints.

    The jti is hashed, so that whatever a client makes up fits the column. ``keep_until`` is the assertion's ``exp``
    and the tolerated skew: from then on the assertion is refused as expired.
    """
    value = base64url.encode(hash_token(jti))
    return OneTime(Claim("assertion", client_id, value, expires_at=keep_until), ASSERTION_REPLAYED)


def keys(command: IssueToken, found: Found) -> Keys:
    """Need the client and the key of the assertion."""
    del found
    return Keys(rows=((Client, command.client_id), (ClientKey, command.key_id)))


def decide(rows: Rows, command: IssueToken, now: Instant) -> Changes | Refusal:
    """Insert the token; refuse when the client or the key ended while the request was on its way."""
    client = rows.get(Client, command.client_id)
    key = rows.get(ClientKey, command.key_id)
    if client is None or client.status != "active" or not _usable(key, client.id, now):
        return Refusal(code="invalid_client", detail="The client or its key is no longer valid.", stored=False)
    if not set(command.scopes) <= set(client.scopes):
        return Refusal(code="invalid_scope", detail="The client may no longer ask for this scope.", stored=False)
    token = AccessToken(
        id=command.token_id,
        client_id=client.id,
        key_id=command.key_id,
        scopes=command.scopes,
        issued_at=now,
        expires_at=later(now, command.lifetime_seconds * SECOND_MS),
    )
    return Changes(result=token, insert=(token,))


def _usable(key: ClientKey | None, client_id: str, now: Instant) -> bool:
    return key is not None and key.client_id == client_id and key_record(key).usable(now)
