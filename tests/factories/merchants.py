"""Merchants for tests."""

from tests.factories.rows import START
from tongbao_platform.domain.merchants.model import Merchant, SettlementAccount


def merchant(
    merchant_id: str = "mch_shop",
    account_id: str = "acc_shop",
    *,
    fee_rate_ppm: int = 6_000,
    return_origins: tuple[str, ...] = ("https://shop.example",),
) -> Merchant:
    """Return an active merchant with one account in CNY."""
    return Merchant(
        id=merchant_id,
        name="Shop",
        livemode=False,
        status="active",
        fee_rate_ppm=fee_rate_ppm,
        return_origins=return_origins,
        settlement_accounts=(SettlementAccount("CNY", account_id),),
        created_at=START,
    )
