"""List an account's closed business dates, newest first; a page ends at a date and the next begins before it."""

from tongbao_platform.domain.accounts.filters import DayFilter
from tongbao_platform.domain.accounts.model import AccountDay
from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.ledger.model import Account


class AccountDays:
    """The business dates of one account that was found to be the owner's."""

    def __init__(self, store: AccountStore, account: Account) -> None:
        self._store = store
        self.account = account

    async def page(self, wanted: DayFilter, before: str | None, limit: int) -> list[AccountDay]:
        """Return at most ``limit`` dates before ``before``; ask for one more to learn whether more follow."""
        return await self._store.days(self.account.id, wanted, before, limit)


async def daily_balances_of(reader: Reader, owner_id: str | None, account_id: str) -> AccountDays | None:
    """Return the business dates of an account; ``None`` for strangers and unknown ids."""
    store = AccountStore(reader, owner_id)
    account = await store.get(account_id)
    return None if account is None else AccountDays(store, account)
