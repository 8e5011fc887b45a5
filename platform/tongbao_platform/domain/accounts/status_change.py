"""What freezing, unfreezing and closing share: one account, one step of its life, one audit entry."""

from tongbao_platform.domain.accounts.model import view_of
from tongbao_platform.domain.accounts.states import AccountAction, advance
from tongbao_platform.execution.operation import Changes, NewAuditEntry
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account


def change_status(account: Account, action: AccountAction, reason: str = "") -> Changes | Refusal:
    """Return the changes of one step: the account's row takes the same lock as a payment does."""
    changed = advance(account, action)
    if isinstance(changed, Refusal):
        return changed
    audit = NewAuditEntry(action=f"account.{action}", object_type="account", object_id=account.id, detail=reason)
    return Changes(result=view_of(changed), update=(changed,), audit=(audit,))
