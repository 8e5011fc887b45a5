"""Read one account of an owner. ``owner_id`` is a merchant or a customer; ``None`` is the platform itself."""

from tongbao_platform.domain.accounts.model import AccountView, Balance, balance_of, view_of
from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.ledger.model import Account


async def get(reader: Reader, owner_id: str | None, account_id: str) -> AccountView | None:
    """Return the account; ``None`` for strangers and unknown ids."""
    account = await AccountStore(reader, owner_id).get(account_id)
    return None if account is None else view_of(account)


async def get_balance(reader: Reader, owner_id: str | None, account_id: str) -> Balance | None:
    """Return what the account holds; ``None`` for strangers and unknown ids."""
    account = await AccountStore(reader, owner_id).get(account_id)
    return None if account is None else balance_of(account)


async def get_ledger_account(reader: Reader, account_id: str) -> Account | None:
    """Return the book's own account, whoever owns it; for the platform, never for a client."""
    return await AccountStore(reader, None).get(account_id)
