"""Open a ledger account (an operator's or the sandbox's doing); opening the same one again answers with it."""

import msgspec

from tongbao_platform.domain.accounts.model import AccountView, view_of
from tongbao_platform.domain.accounts.opening import new_account
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import AccountKind


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account to open; the bank's own accounts have no owner."""

    account_id: str
    owner_id: str | None
    kind: AccountKind
    currency: str


class OpenedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account; ``existing`` when it had been opened before."""

    account: AccountView
    existing: bool


def keys(command: OpenAccount, found: Found) -> Keys:
    """Name the account, in case it is there already."""
    del found
    return Keys(accounts=(command.account_id,))


def decide(rows: Rows, command: OpenAccount, now: Instant) -> Changes | Refusal:
    """Open the account."""
    existing = rows.account(command.account_id)
    if existing is not None:
        return Changes(result=OpenedAccount(account=view_of(existing), existing=True))
    account = new_account(command.account_id, command.owner_id, command.kind, command.currency, now)
    return Changes(
        result=OpenedAccount(account=view_of(account), existing=False),
        insert=(account,),
        audit=(NewAuditEntry(action="account.open", object_type="account", object_id=account.id),),
    )
