"""Close an account for good: it must be empty, with nothing reserved on it or announced to it."""

import msgspec

from tongbao_platform.domain.accounts.errors import NOT_FOUND
from tongbao_platform.domain.accounts.status_change import change_status
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CloseAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Name the account."""

    account_id: str


def keys(command: CloseAccount, found: Found) -> Keys:
    """Name the account."""
    del found
    return Keys(accounts=(command.account_id,))


def decide(rows: Rows, command: CloseAccount, now: Instant) -> Changes | Refusal:
    """Close an open account that is empty."""
    del now
    account = rows.account(command.account_id)
    if account is None:
        return NOT_FOUND
    if account.balance_minor or account.held_debits or account.held_credits:
        return Refusal(
            code="account_not_empty",
            detail=(
                f"Account {account.id} has a balance of {account.balance_minor}, {account.held_debits} held on it and"
                f" {account.held_credits} held for it; all three must be 0."
            ),
        )
    return change_status(account, "close")
