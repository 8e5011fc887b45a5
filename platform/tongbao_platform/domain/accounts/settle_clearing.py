"""Settle what waits on a clearing account: the bank has paid it out, or it goes back to where it came from."""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts import errors
from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import Post

CLAIM_KIND: Final = "clearing_settlement"
TAKERS: Final = ("bank_settlement", "merchant")


class SettleClearing(msgspec.Struct, frozen=True, kw_only=True):
    """Move ``amount_minor`` (greater than zero) out of a clearing account; ``reference_id`` works once.

    ``to_account_id`` is the bank's settlement account when the money has left the bank, and the merchant's account when
    it could not be paid out and is returned.
    """

    reference_id: str
    clearing_account_id: str
    to_account_id: str
    amount_minor: int

    def __post_init__(self) -> None:
        if self.amount_minor < 1:
            raise ValueError("at least one minor unit is settled")


def claims(command: SettleClearing) -> tuple[Claim, ...]:
    """Claim the reference for ever."""
    return (Claim(CLAIM_KIND, command.clearing_account_id, command.reference_id, command.reference_id),)


def keys(command: SettleClearing, found: Found) -> Keys:
    """Name both accounts."""
    del found
    return Keys(accounts=(command.clearing_account_id, command.to_account_id))


def decide(rows: Rows, command: SettleClearing, now: Instant) -> Changes | Refusal:
    """Post it; no more than is there."""
    del now
    if rows.taken(claims(command)[0]) is not None:
        return errors.REFERENCE_USED
    source, target = rows.account(command.clearing_account_id), rows.account(command.to_account_id)
    if source is None or target is None:
        return errors.NOT_FOUND
    if source.kind != "clearing":
        return errors.wrong_kind(source, "clearing")
    if target.kind not in TAKERS:
        return errors.wrong_kind(target, " or ".join(TAKERS))
    if source.currency != target.currency:
        return errors.CURRENCY_MISMATCH
    for account in (source, target):
        if account.status != "open":
            return errors.not_open(account)
    if not source.can_spend(command.amount_minor):
        return errors.insufficient(source, command.amount_minor)
    returned = target.kind == "merchant"
    posting = Post(
        debit_account_id=source.id,
        credit_account_id=target.id,
        amount_minor=command.amount_minor,
        type="clearing_return" if returned else "clearing_settlement",
        reference_type="clearing_settlement",
        reference_id=command.reference_id,
    )
    return Changes(
        result=None,
        ledger=(posting,),
        events=(transaction_posted(target, 1),) if returned else (),
        audit=(NewAuditEntry(action="account.settle_clearing", object_type="account", object_id=source.id),),
    )
