"""New merchants and the directory of facts about them."""

from msgspec.structs import replace

from tests.factories.rows import FakeBank
from tongbao_platform.domain.merchants import create
from tongbao_platform.domain.merchants.create import CreateMerchant
from tongbao_platform.domain.merchants.model import Merchant, SettlementAccount
from tongbao_platform.kernel.errors import Refusal

SHOP = CreateMerchant(
    merchant_id="mch_1",
    name="Shop",
    livemode=False,
    fee_rate_ppm=6_000,
    return_origins=("https://shop.example",),
    settlement_accounts=(SettlementAccount("CNY", "acc_1"), SettlementAccount("USD", "acc_2")),
)


def test_a_merchant_gets_its_accounts() -> None:
    bank = FakeBank()
    merchant = bank.run(create, SHOP)
    assert merchant == bank.row(Merchant, "mch_1")
    assert (merchant.status, merchant.late_payment, merchant.revision) == ("active", "refund", 1)
    assert (merchant.account_id("USD"), merchant.account_id("EUR")) == ("acc_2", None)
    account = bank.book.accounts["acc_1"]
    assert (account.owner_id, account.kind, account.currency, account.floor_minor) == ("mch_1", "merchant", "CNY", 0)
    assert (account.lock_rank, account.balance_minor) == (1, 0)


def test_an_id_is_used_once() -> None:
    bank = FakeBank()
    bank.run(create, SHOP)
    again = bank.run(create, replace(SHOP, settlement_accounts=()))
    assert isinstance(again, Refusal)
    assert again.code == "merchant_exists"
