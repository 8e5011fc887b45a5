"""Register a public key for a client. Older keys stay valid, so that a client can change over without a gap."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.jose.algorithms.port import KeyRefused
from tongbao_platform.identity.jose.keys import import_public_jwk
from tongbao_platform.identity.keys.model import ClientKey, KeyUse
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import FieldError, Refusal

# Revoked and expired ones count too: a signature made years ago must stay checkable against the very key it names.
MAX_KEYS_PER_CLIENT: Final = 100


class RegisterKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that passed ``jose``: made by ``read_key``. Validity is in milliseconds since the epoch.

    ``valid_from`` None means from now on, ``valid_until`` None is open-ended.
    """

    key_id: str
    client_id: str
    kid: str
    alg: str
    public_jwk: str
    valid_from: Instant | None = None
    valid_until: Instant | None = None


def read_key(key_id: str, client_id: str, jwk: str | bytes, *, kid: str | None = None) -> RegisterKey | Refusal:
    """Return the command for a public JWK as a client sent it, or the refusal ``validation_failed``.

    Refused are private members, a use, type, curve or alg that does not fit, and weak keys (RFC 7517, RFC 7518).
    Without a kid of its own the key gets its RFC 7638 thumbprint.
    """
    try:
        key = import_public_jwk(jwk, kid=kid)
    except KeyRefused as refused:
        return _invalid("/jwk", "not_allowed", f"{refused}.")
    return RegisterKey(key_id=key_id, client_id=client_id, kid=key.kid, alg=key.alg, public_jwk=key.jwk)


def claims(command: RegisterKey) -> tuple[Claim, ...]:
    """Take the kid within the client, for ever."""
    return (_kid_claim(command),)


def keys(command: RegisterKey, found: Found) -> Keys:
    """Need the client; the claim brings the key that holds the kid already."""
    del found
    return Keys(rows=((Client, command.client_id),))


def decide(rows: Rows, command: RegisterKey, now: Instant) -> Changes | Refusal:
    """Insert the key; the same key under the same kid again returns the one that exists."""
    client = rows.get(Client, command.client_id)
    if client is None or client.status != "active":
        return Refusal(code="not_found", detail="There is no such active client.")
    taken = rows.taken(_kid_claim(command))
    if taken is not None:
        return _same_or_conflict(rows.get(ClientKey, taken), command)
    if client.key_count >= MAX_KEYS_PER_CLIENT:
        return Refusal(code="limit_exceeded", detail=f"A client registers at most {MAX_KEYS_PER_CLIENT} keys.")
    valid_from = now if command.valid_from is None else command.valid_from
    if command.valid_until is not None and command.valid_until <= max(valid_from, now):
        return _invalid("/valid_until", "too_small", "The key would never be valid.")
    key = ClientKey(
        id=command.key_id,
        client_id=client.id,
        merchant_id=client.merchant_id,
        kid=command.kid,
        alg=command.alg,
        public_jwk=command.public_jwk,
        use="sig",
        valid_from=valid_from,
        valid_until=command.valid_until,
        revoked_at=None,
        created_at=now,
    )
    audit = NewAuditEntry(action="client_key.register", object_type="client_key", object_id=key.id, detail=key.kid)
    # An insert drops no cache, the client's change does: every process then reads the client's keys anew.
    touched = msgspec.structs.replace(client, key_count=client.key_count + 1, revision=client.revision + 1)
    return Changes(result=key, insert=(key, KeyUse(id=key.id, last_used_at=None)), update=(touched,), audit=(audit,))


def _same_or_conflict(existing: ClientKey | None, command: RegisterKey) -> Changes | Refusal:
    if existing is not None and existing.public_jwk == command.public_jwk and existing.revoked_at is None:
        return Changes(result=existing)
    return _invalid("/kid", "differs", "This kid names another key of the client, or one that was revoked.")


def _kid_claim(command: RegisterKey) -> Claim:
    return Claim("client_key", command.client_id, command.kid, ref=command.key_id, model=ClientKey)


def _invalid(pointer: str, code: str, detail: str) -> Refusal:
    error = FieldError(pointer, code, detail)
    return Refusal(code="validation_failed", detail="The key cannot be registered.", errors=(error,))
