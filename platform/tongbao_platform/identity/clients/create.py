"""Create a client for a merchant. Done by an operator; the merchant then registers its keys."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.identity.clients.model import Client, Profile, is_client_id
from tongbao_platform.identity.scopes import unknown_scopes
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import FieldError, Refusal

MAX_NAME_LENGTH: Final = 100


class CreateClient(msgspec.Struct, frozen=True, kw_only=True):
    """``client_id`` comes from ``client_id_from``; ``name`` has 1 to 100 code points; ``scopes`` are not empty."""

    client_id: str
    merchant_id: str
    name: str
    scopes: tuple[str, ...]
    api_version: str
    livemode: bool
    profile: Profile = "merchant"


def keys(command: CreateClient, found: Found) -> Keys:
    """Need no row: the id is fresh."""
    del command, found
    return Keys()


def decide(rows: Rows, command: CreateClient, now: Instant) -> Changes | Refusal:
    """Insert the client, active, without a key; refuse unknown scopes and empty names, all at once."""
    del rows
    errors = _errors(command)
    if errors:
        return Refusal(code="validation_failed", detail="The client cannot be created like this.", errors=errors)
    client = Client(
        id=command.client_id,
        merchant_id=command.merchant_id,
        profile=command.profile,
        name=command.name,
        scopes=tuple(sorted(set(command.scopes))),
        api_version=command.api_version,
        status="active",
        livemode=command.livemode,
        key_count=0,
        revision=1,
        created_at=now,
    )
    audit = NewAuditEntry(action="client.create", object_type="client", object_id=client.id)
    return Changes(result=client, insert=(client,), audit=(audit,))


def _errors(command: CreateClient) -> tuple[FieldError, ...]:
    errors = []
    if not is_client_id(command.client_id, livemode=command.livemode):
        errors.append(FieldError("/client_id", "bad_format", "Not a client id of this environment."))
    if not 1 <= len(command.name.strip()) <= MAX_NAME_LENGTH:
        errors.append(FieldError("/name", "bad_format", f"The name has 1 to {MAX_NAME_LENGTH} characters."))
    if not command.scopes:
        errors.append(FieldError("/scopes", "required", "At least one scope is needed."))
    errors += [
        FieldError(f"/scopes/{command.scopes.index(scope)}", "not_allowed", "There is no such scope.")
        for scope in unknown_scopes(command.scopes)
    ]
    return tuple(errors)
