"""List the accounts of an owner, newest first."""

from tongbao_platform.domain.accounts.filters import AccountFilter, AccountPosition
from tongbao_platform.domain.accounts.model import AccountView, Balance, balance_of, view_of
from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader


def position_of(account: AccountView) -> AccountPosition:
    """Return the position just behind ``account``."""
    return AccountPosition(account.created_at, account.id)


async def list_accounts(
    reader: Reader, owner_id: str, wanted: AccountFilter, after: AccountPosition | None, limit: int
) -> list[AccountView]:
    """Return at most ``limit`` accounts behind ``after``; ask for one more than a page to learn whether more follow."""
    return [view_of(account) for account in await AccountStore(reader, owner_id).page(wanted, after, limit)]


async def list_with_balances(
    reader: Reader, owner_id: str, currency: str, limit: int
) -> list[tuple[AccountView, Balance]]:
    """Return an owner's accounts in ``currency`` with what they hold, for a payer to choose from."""
    accounts = await AccountStore(reader, owner_id).page(AccountFilter(currency=currency), None, limit)
    return [(view_of(account), balance_of(account)) for account in accounts]
