"""Credit an account with money that arrived at the bank (an operator's or the sandbox's doing)."""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import Post

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such open account.")
CURRENCY_MISMATCH: Final = Refusal(code="currency_mismatch", detail="Both accounts must hold the same currency.")


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """Money that arrived: ``from_account_id`` is the bank's settlement account, ``reference_id`` names the arrival."""

    account_id: str
    from_account_id: str
    amount_minor: int
    reference_id: str
    description: str = ""


def keys(command: Deposit, found: Found) -> Keys:
    """Name both accounts."""
    del found
    return Keys(accounts=(command.account_id, command.from_account_id))


def decide(rows: Rows, command: Deposit, now: Instant) -> Changes | Refusal:
    """Post the deposit."""
    del now
    target, source = rows.account(command.account_id), rows.account(command.from_account_id)
    if target is None or source is None or target.status != "open" or source.kind != "bank_settlement":
        return NOT_FOUND
    if target.currency != source.currency:
        return CURRENCY_MISMATCH
    arrival = Post(
        debit_account_id=source.id,
        credit_account_id=target.id,
        amount_minor=command.amount_minor,
        type="deposit",
        reference_type="deposit",
        reference_id=command.reference_id,
        description=command.description,
    )
    return Changes(
        result=None,
        ledger=(arrival,),
        events=(transaction_posted(target, 1),) if target.kind == "merchant" else (),
        audit=(NewAuditEntry(action="account.deposit", object_type="account", object_id=target.id),),
    )
