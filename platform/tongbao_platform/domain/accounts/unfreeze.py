"""Unfreeze an account: it gives and takes again."""

import msgspec

from tongbao_platform.domain.accounts.errors import NOT_FOUND
from tongbao_platform.domain.accounts.status_change import change_status
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class UnfreezeAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Name the account; ``reason`` goes to the audit trail and holds no personal data."""

    account_id: str
    reason: str


def keys(command: UnfreezeAccount, found: Found) -> Keys:
    """Name the account."""
    del found
    return Keys(accounts=(command.account_id,))


def decide(rows: Rows, command: UnfreezeAccount, now: Instant) -> Changes | Refusal:
    """Open a frozen account again."""
    del now
    account = rows.account(command.account_id)
    return NOT_FOUND if account is None else change_status(account, "unfreeze", command.reason)
