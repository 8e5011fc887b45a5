"""The life of an account: open, frozen and open again, closed for good. Whoever returns gets a new account."""

from typing import Final, Literal

from msgspec.structs import replace

from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account, AccountStatus

AccountAction = Literal["freeze", "unfreeze", "close"]

TRANSITIONS: Final[dict[tuple[AccountStatus, AccountAction], AccountStatus]] = {
    ("open", "freeze"): "frozen",
    ("frozen", "unfreeze"): "open",
    ("open", "close"): "closed",
}


def advance(account: Account, action: AccountAction) -> Account | Refusal:
    """Return ``account`` after ``action``, its changes counted, or the refusal ``account_invalid_state``."""
    status = TRANSITIONS.get((account.status, action))
    if status is None:
        return Refusal(
            code="account_invalid_state",
            detail=f"An account that is {account.status} cannot take the step: {action}.",
            current_status=account.status,
            allowed_actions=tuple(step for state, step in TRANSITIONS if state == account.status),
        )
    return replace(account, status=status, status_changes=account.status_changes + 1)
