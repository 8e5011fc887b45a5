"""Each database failure has its one answer: nothing is lost, nothing is done twice, nobody waits for ever."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import select

from tests.factories.committers import Running, running_committer
from tests.integration.execution.faulty import FaultyDatabase, Once
from tests.integration.execution.moving import Move, move
from tests.integration.execution.test_committer import balance, keyed, open_pair
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution import committer as committing
from tongbao_platform.execution import recovery
from tongbao_platform.execution.operation import Outcome
from tongbao_platform.execution.records import CLAIM_TABLE
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded

LOST = ConnectionResetError("planted")


async def prove(running: Running) -> None:
    async with running.reader.snapshot() as reader:
        report = await verify(reader)
    assert report.is_clean, report.findings


async def pay(running: Running, pair: tuple[str, str], key: str, amount: int = 1) -> Outcome:
    return await running.committer.run(move, Move(debit=pair[0], credit=pair[1], amount_minor=amount), keyed(key))


@pytest.mark.parametrize(
    "point", ["before begin", "after begin", "before insert_new", "after load", "before insert", "after update"]
)
async def test_a_connection_lost_before_commit_is_retried_on_a_new_one(database_url: str, point: str) -> None:
    plan = Once(point, LOST)
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        assert (await pay(running, pair, "k")).result == 1
        assert (await balance(running, pair[1])).balance_minor == 1
        await prove(running)


async def test_a_database_that_stays_away_gives_every_waiter_an_overload(database_url: str) -> None:
    plan = Once("before begin", LOST, times=2)
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        results = await asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(3)), return_exceptions=True)
        assert all(isinstance(result, Overloaded) for result in results)
        assert (await balance(running, pair[1])).balance_minor == 0
        assert (await pay(running, pair, "k0")).result == 1


@pytest.mark.parametrize("point", ["before commit", "after commit"])
async def test_a_commit_in_doubt_is_resolved_by_its_marker(database_url: str, point: str) -> None:
    """Whether or not the cut COMMIT had arrived, the payment happens once and the waiter gets its result."""
    plan = Once(point, LOST)
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        outcomes = await asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(5)))
        assert [outcome.result for outcome in outcomes] == [1] * 5
        assert (await balance(running, pair[1])).balance_minor == 5
        replays = await asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(5)))
        assert all(outcome.replayed for outcome in replays)
        await prove(running)


async def test_a_commit_in_doubt_twice_is_still_one_payment(database_url: str) -> None:
    plan = Once("after commit", LOST, times=2)
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        assert (await pay(running, pair, "a")).result == 1
        assert (await pay(running, pair, "b")).result == 1
        assert (await balance(running, pair[1])).balance_minor == 2


async def test_a_database_that_never_comes_back_leaves_the_outcome_in_doubt(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "IN_DOUBT_SECONDS", 0.2)
    monkeypatch.setattr(recovery, "RECONNECT_PAUSE_SECONDS", 0.01)
    cut = Once("after commit", LOST)
    gone = Once("before open", LOST, times=1_000_000)

    def plan(point: str) -> None:
        gone(point)
        cut(point)

    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        cut.armed = gone.armed = True
        with pytest.raises(OutcomeInDoubt):
            await pay(running, pair, "k")
        gone.armed = False
        assert (await pay(running, pair, "k")).replayed
        assert (await balance(running, pair[1])).balance_minor == 1


async def test_a_deadlock_reaches_no_caller(postgresql_url: str) -> None:
    plan = Once("after load", asyncpg.DeadlockDetectedError("planted"), times=3)
    async with running_committer(postgresql_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        assert (await pay(running, pair, "k")).result == 1


async def test_rows_locked_elsewhere_hold_up_only_those_who_need_them(postgresql_url: str) -> None:
    async with running_committer(postgresql_url) as running:
        locked, free = await open_pair(running, 10), await open_pair(running, 10)
        other = await asyncpg.connect(postgresql_url)
        hold = other.transaction()
        await hold.start()
        await other.execute("SELECT 1 FROM ledger_account WHERE id = $1 FOR UPDATE", locked[0])
        stuck = asyncio.create_task(pay(running, locked, "stuck"))
        assert (await pay(running, free, "free")).result == 1
        assert not stuck.done()
        await hold.rollback()
        await other.close()
        assert (await stuck).result == 1
        await prove(running)


async def test_a_key_that_another_process_is_using_is_in_progress(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "WAIT_LIMIT_SECONDS", 0.1)
    async with running_committer(postgresql_url) as running:
        pair = await open_pair(running, 10)
        other = await asyncpg.connect(postgresql_url)
        hold = other.transaction()
        await hold.start()
        await other.execute("INSERT INTO claim (kind, scope, value) VALUES ('idempotency', 's', 'k')")
        outcome = await pay(running, pair, "k")
        assert outcome.refusal is not None
        assert outcome.refusal.code == "idempotency_in_progress"
        await hold.rollback()
        await other.close()
        assert (await pay(running, pair, "k")).result == 1


async def test_two_processes_with_keys_in_opposite_order_never_deadlock(postgresql_url: str) -> None:
    async with running_committer(postgresql_url) as one, running_committer(postgresql_url) as two:
        pairs = [await open_pair(one, 1_000) for _ in range(4)]
        there = [pay(one, pair, f"a{n}") for n, pair in enumerate(pairs * 20)]
        back = [pay(two, pair, f"a{n}") for n, pair in reversed(list(enumerate(pairs * 20)))]
        outcomes = await asyncio.gather(*(task for both in zip(there, back, strict=True) for task in both))
        assert sum(outcome.replayed for outcome in outcomes) == 80
        assert [(await balance(one, pair[1])).balance_minor for pair in pairs] == [20] * 4
        await prove(one)


async def test_a_full_queue_answers_at_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "MAX_QUEUE", 2)
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)
        results = await asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(4)), return_exceptions=True)
        assert sum(isinstance(result, Overloaded) for result in results) == 2
        assert (await balance(running, pair[1])).balance_minor == 2


async def test_stopping_finishes_what_was_accepted(database_url: str) -> None:
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)
        tasks = [asyncio.create_task(pay(running, pair, f"k{n}")) for n in range(5)]
        await asyncio.sleep(0)
        await running.committer.stop()
        assert [(await task).result for task in tasks] == [1] * 5
        with pytest.raises(Overloaded):
            await pay(running, pair, "late")


async def test_the_marker_of_a_transaction_is_kept_for_the_purge(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await open_pair(running, 1)
        rows = await running.reader.rows(select(CLAIM_TABLE.c.expires_at).where(CLAIM_TABLE.c.kind == "change"))
        assert rows
        assert all(expires is not None for (expires,) in rows)
