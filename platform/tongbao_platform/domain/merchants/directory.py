"""Cached facts about merchants and accounts, so that a command is filled without a SELECT on the hot path."""

from tongbao_platform.domain.accounts.get import get_ledger_account
from tongbao_platform.domain.merchants.get import get
from tongbao_platform.domain.merchants.model import AccountFacts, Merchant
from tongbao_platform.execution.cache import Freshness, VersionedCache
from tongbao_platform.execution.reading import Reader


class MerchantDirectory:
    """Merchants by id, and what never changes about accounts by id. One per process."""

    def __init__(self, reader: Reader, freshness: Freshness) -> None:
        self._reader = reader
        self._merchants: VersionedCache[str, Merchant] = VersionedCache(self._load_merchant, freshness)
        self._accounts: VersionedCache[str, AccountFacts] = VersionedCache(self._load_account, freshness)

    async def merchant(self, merchant_id: str) -> Merchant | None:
        """Return a merchant, at most a second old; ``None`` for unknown ids."""
        return await self._merchants.get(merchant_id)

    async def account(self, account_id: str) -> AccountFacts | None:
        """Return what is known of an account, whoever owns it; ``None`` for unknown ids."""
        return await self._accounts.get(account_id)

    async def _load_merchant(self, merchant_id: str) -> Merchant | None:
        return await get(self._reader, merchant_id)

    async def _load_account(self, account_id: str) -> AccountFacts | None:
        account = await get_ledger_account(self._reader, account_id)
        if account is None:
            return None
        return AccountFacts(account.id, account.owner_id, account.kind, account.currency)
