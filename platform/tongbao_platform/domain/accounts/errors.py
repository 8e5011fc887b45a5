"""What the bank's own operations on accounts refuse with."""

from typing import Final

from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such account.")
CURRENCY_MISMATCH: Final = Refusal(code="currency_mismatch", detail="Both accounts must hold the same currency.")
REFERENCE_USED: Final = Refusal(code="reference_used", detail="This reference was used before; nothing moved again.")


def not_open(account: Account) -> Refusal:
    """Refuse to move money of an account that is frozen or closed."""
    return Refusal(
        code="account_invalid_state",
        detail=f"Account {account.id} is {account.status}; money moves between open accounts only.",
        current_status=account.status,
    )


def wrong_kind(account: Account, wanted: str) -> Refusal:
    """Refuse an account of another kind than the operation moves."""
    return Refusal(code="wrong_account_kind", detail=f"Account {account.id} is of kind {account.kind}, not {wanted}.")


def insufficient(account: Account, needed_minor: int) -> Refusal:
    """Refuse to take more than is available."""
    return Refusal(
        code="insufficient_balance",
        detail=f"Account {account.id} has {account.available_minor} available; {needed_minor} are needed.",
    )
