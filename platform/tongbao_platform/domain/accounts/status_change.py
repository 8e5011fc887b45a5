"""What freezing, unfreezing and closing share: one account, one step of its life, one audit entry.

The bank's own accounts have no such life: without them no payment could take its fee.
"""

from typing import Final

from tongbao_platform.domain.accounts.errors import wrong_kind
from tongbao_platform.domain.accounts.model import view_of
from tongbao_platform.domain.accounts.states import AccountAction, advance
from tongbao_platform.execution.operation import Changes, NewAuditEntry
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account, AccountKind

HOLDERS: Final[tuple[AccountKind, ...]] = ("customer", "merchant")


def change_status(account: Account, action: AccountAction, reason: str = "") -> Changes | Refusal:
    """Return the changes of one step: the account's row takes the same lock as a payment does."""
    if account.kind not in HOLDERS:
        return wrong_kind(account, " or ".join(HOLDERS))
    changed = advance(account, action)
    if isinstance(changed, Refusal):
        return changed
    audit = NewAuditEntry(action=f"account.{action}", object_type="account", object_id=account.id, detail=reason)
    return Changes(result=view_of(changed), update=(changed,), audit=(audit,))
