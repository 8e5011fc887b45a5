"""Sweep what a merchant's account holds above a target into the clearing account of sweeps, at most so much.

The money waits there until the bank has paid it out (``settle_clearing``); then the clearing account is at zero again.
"""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts import errors
from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.accounts.model import ClearingAccount
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import PostAtMost
from tongbao_platform.ledger.rules import spare

FLOW: Final = "sweep"
CLAIM_KIND: Final = "sweep"


class SweepAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Move what is available above ``target_minor`` (0 or more), at most ``at_most_minor`` (greater than zero).

    ``reference_id`` names the sweep and works once, also when there was nothing to move.
    """

    reference_id: str
    account_id: str
    clearing_account_id: str
    at_most_minor: int
    target_minor: int = 0

    def __post_init__(self) -> None:
        if self.at_most_minor < 1 or self.target_minor < 0:
            raise ValueError("a sweep moves at least one minor unit, down to a target of 0 or more")


class Swept(msgspec.Struct, frozen=True):
    """How much moved; 0 when nothing was available above the target."""

    amount_minor: int


def claims(command: SweepAccount) -> tuple[Claim, ...]:
    """Claim the reference for ever."""
    return (Claim(CLAIM_KIND, command.account_id, command.reference_id, command.reference_id),)


def keys(command: SweepAccount, found: Found) -> Keys:
    """Name both accounts, and what the clearing account is for."""
    del found
    return Keys(
        rows=((ClearingAccount, command.clearing_account_id),),
        accounts=(command.account_id, command.clearing_account_id),
    )


def decide(rows: Rows, command: SweepAccount, now: Instant) -> Changes | Refusal:
    """Sweep, and tell how much it was: the book moves what ``spare`` says of the account that is locked here."""
    del now
    if rows.taken(claims(command)[0]) is not None:
        return errors.REFERENCE_USED
    source = rows.account(command.account_id)
    target, clearing = rows.account(command.clearing_account_id), rows.get(ClearingAccount, command.clearing_account_id)
    if source is None or target is None or clearing is None or clearing.flow != FLOW:
        return errors.NOT_FOUND
    if source.kind != "merchant":
        return errors.wrong_kind(source, "merchant")
    if source.currency != target.currency:
        return errors.CURRENCY_MISMATCH
    for account in (source, target):
        if account.status != "open":
            return errors.not_open(account)
    amount_minor = spare(source, command.at_most_minor, command.target_minor)
    sweep = PostAtMost(
        debit_account_id=source.id,
        credit_account_id=target.id,
        at_most_minor=command.at_most_minor,
        keep_minor=command.target_minor,
        type="sweep",
        reference_type="sweep",
        reference_id=command.reference_id,
    )
    return Changes(
        result=Swept(amount_minor),
        ledger=(sweep,),
        events=(transaction_posted(source, 1),) if amount_minor else (),
        audit=(
            NewAuditEntry(
                action="account.sweep", object_type="account", object_id=source.id, detail=f"{amount_minor} minor units"
            ),
        ),
    )
