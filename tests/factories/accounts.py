"""Ledger accounts for tests."""

from typing import Any

from msgspec.structs import replace

from tests.factories.rows import START
from tongbao_platform.domain.accounts.opening import new_account
from tongbao_platform.ledger.model import Account, AccountKind


def account(
    account_id: str, owner_id: str | None, kind: AccountKind, *, balance_minor: int = 0, **changes: Any
) -> Account:
    """Return an account in CNY with a balance."""
    empty = new_account(account_id, owner_id, kind, "CNY", START)
    return replace(empty, posted_credits=balance_minor, **changes)
