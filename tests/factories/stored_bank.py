"""A stored bank: the small world of ``payments.py`` on a database, through the real committer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.factories.committers import Running, running_committer
from tests.factories.payments import SHOP
from tests.factories.rows import START
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.customers import create as create_customer
from tongbao_platform.domain.customers.create import CreateCustomer, CustomerAccount
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.create import CreateMerchant
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.execution.operation import Context, Operation
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import VirtualClock

FUNDS_MINOR = 100_000


class StoredBank:
    """Runs operations for merchants (``by``) or for the bank itself."""

    def __init__(self, running: Running, clock: VirtualClock) -> None:
        self.running = running
        self.clock = clock

    @property
    def reader(self) -> Reader:
        return self.running.reader

    async def run(self, operation: Operation[Any], command: Any, by: str | None = None) -> Any:
        """Return the result or the refusal."""
        outcome = await self.running.committer.run(operation, command, _context(by))
        return outcome.result if outcome.refusal is None else outcome.refusal


@asynccontextmanager
async def stored_bank(url: str) -> AsyncIterator[StoredBank]:
    """Open the bank with a buyer, a shop, and the customer Zhang, each with ``FUNDS_MINOR`` fen."""
    clock = VirtualClock(START)
    async with running_committer(url, clock) as running:
        bank = StoredBank(running, clock)
        await _populate(bank)
        yield bank


async def _populate(bank: StoredBank) -> None:
    for account_id, kind in (("acc_bank", "bank_settlement"), ("acc_fee", "fee_income")):
        await bank.run(open_account, OpenAccount(account_id=account_id, owner_id=None, kind=kind, currency="CNY"))  # type: ignore[arg-type]  # both are kinds
    for name in ("buyer", "shop"):
        await bank.run(
            create_merchant,
            CreateMerchant(
                merchant_id=f"mch_{name}",
                name=name.title(),
                livemode=False,
                fee_rate_ppm=SHOP.fee_rate_ppm,
                return_origins=SHOP.return_origins,
                settlement_accounts=(SettlementAccount("CNY", f"acc_{name}"),),
            ),
        )
    await bank.run(
        create_customer,
        CreateCustomer(
            customer_id="cus_zhang",
            login="zhang",
            password_hash="password-hash",
            pin_hash="pin-hash",
            name="张三",
            livemode=False,
            accounts=(CustomerAccount("acc_zhang", "CNY"),),
        ),
    )
    for name in ("buyer", "shop", "zhang"):
        arrival = Deposit(
            account_id=f"acc_{name}", from_account_id="acc_bank", amount_minor=FUNDS_MINOR, reference_id="start"
        )
        await bank.run(deposit, arrival)


def _context(by: str | None) -> Context:
    if by is None:
        return Context(actor="test")
    caller = Caller(
        client_id="app_test",
        merchant_id=by,
        profile="merchant",
        scopes=frozenset(),
        api_version="2026-11-22",
        livemode=False,
    )
    return Context(actor="app_test", caller=caller)
