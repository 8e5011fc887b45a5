"""What one operation of a batch may do to the others: nothing; and what it leaves when it fails: nothing either."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from tests.factories.committers import Running, running_committer
from tests.factories.payments import account_payment, h5_payment, refund
from tests.factories.stored_bank import stored_bank
from tests.integration.execution.moving import Move, OpenAccount, move, open_account
from tests.integration.execution.test_committer import (
    FAR,
    REPLAYED,
    TEST,
    balance,
    keyed,
    open_pair,
    open_three,
    render,
)
from tests.integration.execution.test_recovery import pay, prove
from tongbao_platform.domain.payments import close, create
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.create import CreatedPayment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.execution.operation import Changes, Claim, Context, Idempotency, OneTime, Outcome
from tongbao_platform.execution.records import CLAIM_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.outbox.event import NewEvent


def _tells_nobody(rows: Any, command: Move, now: Instant) -> Any:
    changes = move.decide(rows, command, now)
    told = NewEvent(type="t", subject_type="s", subject_id="i", revision=1, merchant_ids=(), snapshot=b"{}")
    return replace(changes, events=(told,))


async def test_an_event_that_cannot_be_made_takes_its_money_back(database_url: str) -> None:
    """The caller learns that nothing happened, so nothing may have happened."""
    telling: Any = SimpleNamespace(keys=move.keys, decide=_tells_nobody)
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        results = await asyncio.gather(
            running.committer.run(telling, spend, keyed("bad")),
            running.committer.run(move, spend, keyed("good")),
            return_exceptions=True,
        )
        assert isinstance(results[0], PlatformFault)
        assert isinstance(results[1], Outcome)
        assert (await balance(running, payee)).balance_minor == 1
        await prove(running)


async def test_an_answer_that_cannot_be_sealed_takes_its_money_back(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)

        def broken(row: str, octets: bytes) -> bytes:
            raise ValueError(row + str(len(octets)))

        running.committer._recovery._tools = running.committer._recovery._tools._replace(seal=broken)
        asked = Idempotency(scope="s", key="k", fingerprint=b"f", expires_at=FAR, sealed=True)
        once = OneTime(Claim("jti", "app", "j", expires_at=FAR), REPLAYED)
        context = Context(actor="test", idempotency=asked, once=once, render=render)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        with pytest.raises(PlatformFault):
            await running.committer.run(move, spend, context)
        assert (await balance(running, payee)).balance_minor == 0
        with pytest.raises(PlatformFault):
            await running.committer.run(move, replace(spend, amount_minor=100), context)
        fine = await running.committer.run(move, spend, keyed("k", jti="j"))
        assert fine.result == 1


async def test_an_account_opened_twice_in_a_batch_keeps_its_money(database_url: str) -> None:
    async with running_committer(database_url) as running:
        bank, _, _ = await open_three(running, 1)
        account_id = running.ids.new("acc")
        opening = OpenAccount(account_id=account_id)
        filling: Any = SimpleNamespace(
            keys=lambda command, found: replace(move.keys(command, found), accounts=(bank,)), decide=move.decide
        )
        results = await asyncio.gather(
            running.committer.run(open_account, opening, TEST),
            running.committer.run(filling, Move(debit=bank, credit=account_id, amount_minor=5), TEST),
            running.committer.run(open_account, opening, TEST),
            return_exceptions=True,
        )
        assert [isinstance(result, Outcome) for result in results] == [True, True, False]
        assert isinstance(results[2], PlatformFault)
        assert (await balance(running, account_id)).balance_minor == 5
        await prove(running)


async def test_one_id_for_two_payments_is_a_fault_of_the_second_alone(database_url: str) -> None:
    """Both told of success with one row stored would be a payment lost."""
    async with stored_bank(database_url) as bank:
        first = account_payment("1")
        second = replace(account_payment("2"), payment_id=first.payment_id)
        results = await asyncio.gather(
            bank.run(create, first, "mch_buyer"), bank.run(create, second, "mch_buyer"), return_exceptions=True
        )
        assert isinstance(results[0], CreatedPayment)
        assert isinstance(results[1], PlatformFault)
        # The number of the failed one is free again.
        third = replace(account_payment("2"), payment_id="pay_3")
        assert isinstance(await bank.run(create, third, "mch_buyer"), CreatedPayment)
        await prove(bank.running)


async def test_what_was_not_locked_cannot_be_changed(database_url: str) -> None:
    """An update without its lock could overwrite another process' change."""
    async with stored_bank(database_url) as bank:
        made = await bank.run(create, h5_payment("1"), "mch_shop")

        def decide(rows: Any, command: ClosePayment, now: Instant) -> Any:
            return Changes(result=None, update=(made.payment,))

        careless: Any = SimpleNamespace(keys=open_account.keys, decide=decide)
        with pytest.raises(PlatformFault):
            await bank.run(careless, ClosePayment(payment_id="pay_1"))


UNSTORABLE = ("int", "surrogate", "nul")


def _unstorable(running: Running, kind: str, account_id: str) -> tuple[Any, Any]:
    if kind == "int":
        return open_account, OpenAccount(account_id=account_id, floor_minor=-(2**70))
    return open_account, OpenAccount(account_id=account_id, owner_id="a\ud800" if kind == "surrogate" else "a\0b")


@pytest.mark.parametrize("kind", UNSTORABLE)
@pytest.mark.parametrize("size", [3, 12])
async def test_what_no_database_can_store_fails_alone(postgresql_url: str, kind: str, size: int) -> None:
    """Twelve rows travel by COPY, three by arrays; both refuse differently."""
    async with running_committer(postgresql_url) as running:
        ids = [running.ids.new("acc") for _ in range(size)]
        commands = [(open_account, OpenAccount(account_id=one)) for one in ids]
        commands[size // 2] = _unstorable(running, kind, ids[size // 2])
        results = await asyncio.gather(
            *(running.committer.run(operation, command, TEST) for operation, command in commands),
            return_exceptions=True,
        )
        good = [isinstance(result, Outcome) for result in results]
        assert good == [index != size // 2 for index in range(size)]
        assert all(isinstance(r, PlatformFault) for r in results if not isinstance(r, Outcome))


@pytest.mark.parametrize("value", ["a\0b", "a\ud800"])
async def test_a_claim_that_cannot_be_stored_ends_and_takes_no_other(database_url: str, value: str) -> None:
    """SQLite may cut a text at its NUL; the claim of the rest must not pass for the claim of the whole."""
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        assert (await running.committer.run(move, spend, keyed("a"))).result == 1
        results = await asyncio.wait_for(
            asyncio.gather(
                running.committer.run(move, spend, keyed(value)),
                running.committer.run(move, spend, keyed("fine")),
                return_exceptions=True,
            ),
            20,
        )
        assert isinstance(results[1], Outcome)
        bad = results[0]
        assert isinstance(bad, PlatformFault) or (isinstance(bad, Outcome) and bad.result == 1)
        await prove(running)


@pytest.mark.parametrize("part", ["keys", "search"])
async def test_an_operation_that_cannot_name_its_keys_fails_alone(database_url: str, part: str) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("planted")

    searching: Any = SimpleNamespace(keys=move.keys, decide=move.decide, search=lambda _: ("no look-up",))
    keyless: Any = SimpleNamespace(keys=broken, decide=move.decide)
    bad = keyless if part == "keys" else searching
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        results = await asyncio.gather(
            *(running.committer.run(one, spend, TEST) for one in (move, move, bad, move)), return_exceptions=True
        )
        assert [isinstance(result, Outcome) for result in results] == [True, True, False, True]
        assert (await balance(running, payee)).balance_minor == 3


async def test_a_renderer_that_fails_moves_nothing(database_url: str) -> None:
    def broken(result: object) -> Any:
        raise ValueError(str(result))

    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        with pytest.raises(PlatformFault):
            await running.committer.run(move, spend, replace(keyed("k"), render=broken))
        assert (await running.committer.run(move, spend, keyed("k"))).result == 1
        assert (await balance(running, payee)).balance_minor == 1


async def test_a_natural_key_passes_from_the_refused_to_the_next_in_the_batch(database_url: str) -> None:
    """Two orders claim one number in one batch; the first is refused, so the number is the second's, with its id."""
    async with stored_bank(database_url) as bank:
        refused = account_payment("1", currency="USD")
        good = replace(account_payment("1"), payment_id="pay_2")
        again = replace(good, payment_id="pay_3")
        results = await asyncio.gather(*(bank.run(create, one, "mch_buyer") for one in (refused, good, again)))
        assert results[0].code == "currency_mismatch"
        assert (results[1].payment.id, results[1].existing) == ("pay_2", False)
        assert (results[2].payment.id, results[2].existing) == ("pay_2", True)
        refs = select(CLAIM_TABLE.c.ref).where(CLAIM_TABLE.c.kind == "merchant_order_no")
        assert await bank.reader.rows(refs) == [("pay_2",)]
        later = await bank.run(create, replace(good, payment_id="pay_4"), "mch_buyer")
        assert (later.payment.id, later.existing) == ("pay_2", True)


async def test_a_waiter_that_goes_away_disturbs_nobody(database_url: str) -> None:
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)
        tasks = [asyncio.create_task(pay(running, pair, f"k{n}")) for n in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, Outcome) for one in outcomes] == [True, False, True, True]
        # It had been accepted: its client, asking again, gets the stored answer.
        assert (await pay(running, pair, "k1")).replayed
        assert (await balance(running, pair[1])).balance_minor == 4


async def test_closing_and_refunding_in_one_batch_see_each_other(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(create, h5_payment("1"), "mch_shop")
        closing = ClosePayment(payment_id="pay_1")
        results = await asyncio.gather(
            bank.run(close, closing, "mch_shop"),
            bank.run(create_refund, refund("1", 1), "mch_shop"),
            bank.run(close, closing, "mch_shop"),
            bank.run(close, closing, "mch_buyer"),
        )
        assert (results[0].existing, results[2].existing) == (False, True)
        assert results[1].code == "payment_invalid_state"
        # Another tenant's payment is as unknown as none.
        assert results[3].code == "not_found"
        await prove(bank.running)
