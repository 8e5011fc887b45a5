"""Open the clearing account of a flow in one currency; opening it again answers with the one there is."""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts.model import ClearingAccount
from tongbao_platform.domain.accounts.opening import new_account
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

CLAIM_KIND: Final = "clearing_flow"


class OpenClearing(msgspec.Struct, frozen=True, kw_only=True):
    """The flow, and for how many seconds its balance may stay away from zero."""

    account_id: str
    flow: str
    currency: str
    sla_seconds: int


def claims(command: OpenClearing) -> tuple[Claim, ...]:
    """A flow has one clearing account per currency, however many processes prepare the database."""
    return (Claim(CLAIM_KIND, command.currency, command.flow, command.account_id, ClearingAccount),)


def keys(command: OpenClearing, found: Found) -> Keys:
    """Name the account to be."""
    del found
    return Keys(rows=((ClearingAccount, command.account_id),), accounts=(command.account_id,))


def decide(rows: Rows, command: OpenClearing, now: Instant) -> Changes | Refusal:
    """Open the account in the book, and note what it is for."""
    existing_id = rows.taken(claims(command)[0])
    if existing_id is not None:
        return Changes(result=rows.get(ClearingAccount, existing_id))
    clearing = ClearingAccount(
        id=command.account_id,
        flow=command.flow,
        currency=command.currency,
        sla_seconds=command.sla_seconds,
        created_at=now,
    )
    return Changes(
        result=clearing,
        insert=(new_account(clearing.id, None, "clearing", clearing.currency, now), clearing),
        audit=(
            NewAuditEntry(
                action="account.open_clearing", object_type="account", object_id=clearing.id, detail=clearing.flow
            ),
        ),
    )
