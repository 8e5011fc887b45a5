"""Fill a command with what is known of the payee, from the directory's cache."""

from collections.abc import Mapping

from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.payments.create import Payee


class PayeeFinder:
    """Finds payees; ``fee_account_ids`` are the fee income accounts by currency."""

    def __init__(self, directory: MerchantDirectory, fee_account_ids: Mapping[str, str]) -> None:
        self._directory = directory
        self._fee_account_ids = fee_account_ids

    async def own(self, merchant_id: str, currency: str) -> Payee | None:
        """Return the merchant as its own payee; ``None`` when it takes no money in ``currency``."""
        merchant = await self._directory.merchant(merchant_id)
        account_id = None if merchant is None else merchant.account_id(currency)
        if merchant is None or account_id is None:
            return None
        return self._payee(merchant, account_id, currency)

    async def of_account(self, account_id: str) -> Payee | None:
        """Return the payee behind a merchant's account; ``None`` when there is no such account."""
        facts = await self._directory.account(account_id)
        if facts is None or facts.kind != "merchant" or facts.owner_id is None:
            return None
        merchant = await self._directory.merchant(facts.owner_id)
        return None if merchant is None else self._payee(merchant, account_id, facts.currency)

    def _payee(self, merchant: Merchant, account_id: str, currency: str) -> Payee | None:
        fee_account_id = self._fee_account_ids.get(currency)
        if fee_account_id is None:
            return None
        return Payee(
            merchant_id=merchant.id,
            account_id=account_id,
            fee_rate_ppm=merchant.fee_rate_ppm,
            fee_account_id=fee_account_id,
            return_origins=merchant.return_origins,
            active=merchant.status == "active",
        )
