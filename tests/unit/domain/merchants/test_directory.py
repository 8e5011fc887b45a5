"""Facts about merchants from memory, and payees made of them."""

from msgspec.structs import replace

from tests.factories.committers import Running
from tests.factories.payments import SHOP
from tests.factories.stored_bank import stored_bank
from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.merchants.list import list_merchants
from tongbao_platform.domain.merchants.model import AccountFacts
from tongbao_platform.domain.payments.payee import PayeeFinder


def directory_of(running: Running) -> MerchantDirectory:
    return MerchantDirectory(running.reader, running.freshness)


async def test_facts_are_found(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        directory = directory_of(bank.running)
        shop = await directory.merchant("mch_shop")
        assert shop is not None
        assert (shop.name, shop.account_id("CNY")) == ("Shop", "acc_shop")
        assert await directory.merchant("mch_shop") is shop
        assert await directory.merchant("mch_unknown") is None
        assert await directory.account("acc_zhang") == AccountFacts("acc_zhang", "cus_zhang", "customer", "CNY")
        assert await directory.account("acc_unknown") is None


async def test_merchants_are_listed_for_operators(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        assert [merchant.id for merchant in await list_merchants(bank.reader, None, 9)] == ["mch_buyer", "mch_shop"]
        assert [merchant.id for merchant in await list_merchants(bank.reader, "mch_buyer", 9)] == ["mch_shop"]
        assert len(await list_merchants(bank.reader, None, 1)) == 1


async def test_payees_are_merchants_with_an_account(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        finder = PayeeFinder(directory_of(bank.running), {"CNY": "acc_fee"})
        assert await finder.own("mch_shop", "CNY") == SHOP
        assert await finder.own("mch_shop", "USD") is None
        assert await finder.own("mch_unknown", "CNY") is None
        assert await finder.of_account("acc_shop") == SHOP
        assert await finder.of_account("acc_buyer") == replace(SHOP, merchant_id="mch_buyer", account_id="acc_buyer")
        for account_id in ("acc_zhang", "acc_fee", "acc_unknown"):
            assert await finder.of_account(account_id) is None
        assert await PayeeFinder(directory_of(bank.running), {}).own("mch_shop", "CNY") is None
