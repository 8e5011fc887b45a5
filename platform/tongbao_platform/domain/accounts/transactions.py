"""List the transactions of one account, newest first; a page ends at a ``seq`` and the next begins below it."""

from tongbao_platform.domain.accounts.filters import TransactionFilter
from tongbao_platform.domain.accounts.model import Transaction
from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.ledger.model import Account


class AccountTransactions:
    """The transactions of one account that was found to be the owner's."""

    def __init__(self, store: AccountStore, account: Account) -> None:
        self._store = store
        self._account = account

    async def page(self, wanted: TransactionFilter, before_seq: int | None, limit: int) -> list[Transaction]:
        """Return at most ``limit`` transactions below ``before_seq``; ask for one more to learn whether more follow."""
        return await self._store.transactions(self._account, wanted, before_seq, limit)


async def transactions_of(reader: Reader, owner_id: str | None, account_id: str) -> AccountTransactions | None:
    """Return the transactions of an account; ``None`` for strangers and unknown ids."""
    store = AccountStore(reader, owner_id)
    account = await store.get(account_id)
    return None if account is None else AccountTransactions(store, account)
