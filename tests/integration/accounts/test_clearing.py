"""Clearing accounts on both databases: since when they are not zero; references that work once; freezing for real."""

import asyncio

from tests.factories.payments import account_payment
from tests.factories.rows import START
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts import deposit, freeze, open_clearing, settle_clearing, sweep, unfreeze
from tongbao_platform.domain.accounts.clearing import clearing_states, find_clearing_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.freeze import FreezeAccount
from tongbao_platform.domain.accounts.get import get
from tongbao_platform.domain.accounts.model import ClearingState
from tongbao_platform.domain.accounts.open_clearing import OpenClearing
from tongbao_platform.domain.accounts.settle_clearing import SettleClearing
from tongbao_platform.domain.accounts.sweep import SweepAccount, Swept
from tongbao_platform.domain.accounts.unfreeze import UnfreezeAccount
from tongbao_platform.domain.payments import create
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

OPEN = OpenClearing(account_id="acc_clearing", flow="sweep", currency="CNY", sla_seconds=60)


async def swept(bank: StoredBank, reference: str, amount_minor: int, after_ms: int) -> None:
    bank.clock.advance(after_ms)
    command = SweepAccount(
        reference_id=reference, account_id="acc_shop", clearing_account_id="acc_clearing", at_most_minor=amount_minor
    )
    assert await bank.run(sweep, command) == Swept(amount_minor)


async def settled(bank: StoredBank, reference: str, amount_minor: int, after_ms: int) -> None:
    bank.clock.advance(after_ms)
    command = SettleClearing(
        reference_id=reference,
        clearing_account_id="acc_clearing",
        to_account_id="acc_bank",
        amount_minor=amount_minor,
    )
    assert await bank.run(settle_clearing, command) is None


async def state_of(bank: StoredBank) -> ClearingState:
    (state,) = await clearing_states(bank.reader)
    return state


async def test_the_age_begins_after_the_last_zero(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(open_clearing, OPEN)
        assert await state_of(bank) == ClearingState("acc_clearing", "sweep", "CNY", 60, 0, None)
        await swept(bank, "1", 300, 1_000)
        await swept(bank, "2", 100, 1_000)
        await settled(bank, "1", 300, 1_000)
        state = await state_of(bank)
        assert (state.balance_minor, state.since) == (100, START + 1_000)
        await settled(bank, "2", 100, 1_000)
        assert (await state_of(bank)).since is None
        await swept(bank, "3", 70, 5_000)
        state = await state_of(bank)
        assert (state.balance_minor, state.since) == (70, START + 9_000)
        assert state.is_late(Instant(START + 70_000))


async def test_two_processes_open_one_clearing_account(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        other = OpenClearing(account_id="acc_other", flow="sweep", currency="CNY", sla_seconds=60)
        first, second = await asyncio.gather(bank.run(open_clearing, OPEN), bank.run(open_clearing, other))
        assert first == second
        assert await find_clearing_account(bank.reader, "sweep", "CNY") == first
        assert await find_clearing_account(bank.reader, "sweep", "USD") is None
        assert len(await clearing_states(bank.reader)) == 1


async def test_a_reference_works_once_among_many_at_once(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(open_clearing, OPEN)
        command = SweepAccount(
            reference_id="1", account_id="acc_shop", clearing_account_id="acc_clearing", at_most_minor=10
        )
        results = await asyncio.gather(*(bank.run(sweep, command) for _ in range(5)))
        assert results.count(Swept(10)) == 1
        assert [result.code for result in results if isinstance(result, Refusal)] == ["reference_used"] * 4
        assert (await state_of(bank)).balance_minor == 10


async def test_a_refused_sweep_leaves_its_reference_free(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(open_clearing, OPEN)
        command = SweepAccount(
            reference_id="1", account_id="acc_shop", clearing_account_id="acc_clearing", at_most_minor=10
        )
        await bank.run(freeze, FreezeAccount(account_id="acc_shop", reason="test"))
        assert isinstance(await bank.run(sweep, command), Refusal)
        await bank.run(unfreeze, UnfreezeAccount(account_id="acc_shop", reason="test"))
        assert await bank.run(sweep, command) == Swept(10)


async def test_sweeps_and_payments_at_once_never_overdraw(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(open_clearing, OPEN)
        wanted = [
            SweepAccount(
                reference_id=f"{number}",
                account_id="acc_buyer",
                clearing_account_id="acc_clearing",
                at_most_minor=FUNDS_MINOR // 3,
            )
            for number in range(5)
        ]
        pays = [account_payment(f"{number}", FUNDS_MINOR // 3) for number in range(5)]
        results = await asyncio.gather(
            *(bank.run(sweep, each) for each in wanted), *(bank.run(create, each, by="mch_buyer") for each in pays)
        )
        moved = sum(result.amount_minor for result in results if isinstance(result, Swept))
        paid = sum(each.payment.amount_captured_minor for each in results[5:])
        assert moved + paid <= FUNDS_MINOR
        assert (await state_of(bank)).balance_minor == moved
        assert moved >= FUNDS_MINOR // 3


async def test_a_frozen_account_neither_pays_nor_is_paid(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        before = await get(bank.reader, "mch_shop", "acc_shop")
        assert before is not None
        frozen = await bank.run(freeze, FreezeAccount(account_id="acc_shop", reason="test"))
        assert (frozen.status, frozen.revision) == ("frozen", before.revision + 1)
        assert await get(bank.reader, "mch_shop", "acc_shop") == frozen
        declined = await bank.run(create, account_payment("1"), by="mch_buyer")
        assert (declined.payment.status, declined.payment.last_error.code) == ("failed", "payee_unavailable")
        arrival = Deposit(account_id="acc_shop", from_account_id="acc_bank", amount_minor=1, reference_id="x")
        assert isinstance(await bank.run(deposit, arrival), Refusal)
        await bank.run(unfreeze, UnfreezeAccount(account_id="acc_shop", reason="test"))
        paid = await bank.run(create, account_payment("2"), by="mch_buyer")
        assert paid.payment.status == "succeeded"
        after = await get(bank.reader, "mch_shop", "acc_shop")
        assert after is not None
        assert after.revision == before.revision + 4
