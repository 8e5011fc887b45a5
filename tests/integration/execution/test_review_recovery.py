"""Failures that used to have no answer: nobody waits for ever, and the committer outlives them all."""

import asyncio
import sqlite3
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from sqlalchemy import make_url

from tests.conftest import ClusterFactory
from tests.factories.committers import running_committer
from tests.factories.database import PostgresDatabases, execute
from tests.factories.migrated import migrate_template
from tests.integration.execution.faulty import FaultyDatabase, Once
from tests.integration.execution.frozen_network import frozen_network
from tests.integration.execution.moving import OpenAccount, open_account
from tests.integration.execution.other_connection import second_connection
from tests.integration.execution.test_committer import TEST, balance, open_pair
from tests.integration.execution.test_recovery import LOST, pay, prove
from tongbao_platform.execution import committer as committing
from tongbao_platform.execution import recovery
from tongbao_platform.execution.operation import Outcome
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded, PlatformFault
from tongbao_platform.storage import postgres_session, sqlite_session

SOON = 30


async def test_a_listener_that_fails_keeps_no_waiter_waiting(database_url: str) -> None:
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)

        def broken(changed: bool) -> None:
            raise ValueError(str(changed))

        running.committer._recovery._on_commit = broken
        assert (await asyncio.wait_for(pay(running, pair, "a"), SOON)).result == 1
        assert (await asyncio.wait_for(pay(running, pair, "b"), SOON)).result == 1


async def test_a_recovery_that_fails_itself_leaves_its_waiters_in_doubt_and_the_loop_alive(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)
        real = running.committer._recovery.settle

        async def broken(works: Any) -> Any:
            monkeypatch.setattr(running.committer._recovery, "settle", real)
            raise ValueError(f"planted for {len(works)}")

        monkeypatch.setattr(running.committer._recovery, "settle", broken)
        with pytest.raises(OutcomeInDoubt):
            await asyncio.wait_for(pay(running, pair, "a"), SOON)
        assert (await asyncio.wait_for(pay(running, pair, "a"), SOON)).result == 1


async def test_a_loop_that_is_cancelled_answers_everybody(database_url: str) -> None:
    """As when the event loop closes under it: those in the batch, those behind it, the jobs, and who comes later."""
    reached, never = asyncio.Event(), asyncio.Event()
    async with running_committer(database_url) as running:
        pair = await open_pair(running, 10)

        async def stuck(works: Any) -> Any:
            reached.set()
            await never.wait()
            return works

        running.committer._recovery.settle = stuck  # type: ignore[method-assign]  # it stands still
        first = asyncio.create_task(pay(running, pair, "a"))
        await reached.wait()
        second = asyncio.create_task(pay(running, pair, "b"))
        job = asyncio.create_task(running.committer.perform(lambda session: session.now()))
        await asyncio.sleep(0)
        loop = running.committer._loop
        assert loop is not None
        loop.cancel()
        results = await asyncio.wait_for(asyncio.gather(first, second, job, return_exceptions=True), SOON)
        assert [type(result) for result in results] == [OutcomeInDoubt, Overloaded, Overloaded]
        with pytest.raises(Overloaded):
            await pay(running, pair, "c")
        running.committer._loop = None  # it has ended; leaving stops the rest


@pytest.mark.parametrize("fault", [asyncpg.InvalidPasswordError("planted"), sqlite3.OperationalError("planted")])
async def test_a_door_that_stays_shut_is_no_fault_of_the_operation(database_url: str, fault: Exception) -> None:
    gone = Once("before open", fault, times=2)
    cut = Once("before begin", LOST)

    def plan(point: str) -> None:
        gone(point)
        cut(point)

    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        gone.armed = cut.armed = True
        results = await asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [Overloaded] * 3
        gone.armed = False
        assert (await pay(running, pair, "k0")).result == 1


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.ReadOnlySQLTransactionError("a standby now"),
        asyncpg.IdleInTransactionSessionTimeoutError("too slow"),
        asyncpg.InvalidCachedStatementError("migrated"),
    ],
)
async def test_a_session_that_has_become_useless_is_replaced(postgresql_url: str, fault: Exception) -> None:
    plan = Once("before load", fault)
    async with running_committer(postgresql_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10)
        plan.armed = True
        assert (await pay(running, pair, "k")).result == 1


async def test_a_batch_that_had_not_happened_and_cannot_now_is_no_longer_in_doubt(database_url: str) -> None:
    """COMMIT is cut, the marker shows that nothing happened, and the second run meets a bad row: bisect, at once."""
    runs: list[int] = []

    def decide(rows: Any, command: OpenAccount, now: Instant) -> Any:
        runs.append(now)
        better = command if len(runs) == 1 else replace(command, floor_minor=2**70)
        return open_account.decide(rows, better, now)

    spoiling: Any = SimpleNamespace(keys=open_account.keys, decide=decide)
    cut = Once("before commit", LOST)
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, cut)) as running:
        pair = await open_pair(running, 10)
        cut.armed = True
        results = await asyncio.gather(
            pay(running, pair, "k"),
            running.committer.run(spoiling, OpenAccount(account_id=running.ids.new("acc")), TEST),
            return_exceptions=True,
        )
        assert isinstance(results[0], Outcome)
        assert type(results[1]) is PlatformFault
        assert (await balance(running, pair[1])).balance_minor == 1
        await prove(running)


async def test_another_writer_on_the_file_costs_its_time_limit_and_not_more(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell holds the write lock: each waiter is answered when its time is over, not one after the other."""
    monkeypatch.setattr(committing, "WAIT_LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(sqlite_session, "BUSY_TIMEOUT_MS", 150)
    async with running_committer(sqlite_url) as running:
        pair = await open_pair(running, 100)
        shell = sqlite3.connect(str(make_url(sqlite_url).database), isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        tries: list[str] = []
        real = running.committer._recovery._commit

        async def counted(works: Any, lock: Any) -> Any:
            tries.append(lock.value)
            return await real(works, lock)

        running.committer._recovery._commit = counted  # type: ignore[method-assign]  # it counts
        results = await asyncio.wait_for(
            asyncio.gather(*(pay(running, pair, f"k{n}") for n in range(32)), return_exceptions=True), SOON
        )
        assert len(tries) < 10
        assert not any(isinstance(result, Outcome) and result.refusal is None for result in results)
        shell.execute("ROLLBACK")
        shell.close()
        assert (await pay(running, pair, "k0")).result == 1


async def test_a_full_disk_loses_nothing_and_heals(sqlite_url: str) -> None:
    async with running_committer(sqlite_url) as running:
        pair = await open_pair(running, 1_000)
        session: Any = running.committer._recovery._session
        connection = session._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]

        def limit(left: int) -> None:
            connection.execute(f"PRAGMA max_page_count={left:d}")

        await running.database.perform(lambda: _ran(lambda: limit(pages)))
        results = [
            result
            for n in range(4)
            for result in await asyncio.gather(
                *(pay(running, pair, f"k{n}-{m}") for m in range(60)), return_exceptions=True
            )
        ]
        done = sum(isinstance(result, Outcome) and result.result == 1 for result in results)
        # A new connection has no such limit: the batch that met it was run again, or answered 503.
        assert all(isinstance(result, Outcome | Overloaded) for result in results)
        assert (await balance(running, pair[1])).balance_minor == done
        await prove(running)


async def _ran(work: Any) -> None:
    work()


async def test_one_stuck_claim_holds_up_itself_alone(postgresql_url: str) -> None:
    """Another process is frozen in the middle of one key: the seven other requests of the batch are answered."""
    async with running_committer(postgresql_url) as running, second_connection(postgresql_url) as other:
        pair = await open_pair(running, 100)
        hold = other.transaction()
        await hold.start()
        await other.execute("INSERT INTO claim (kind, scope, value) VALUES ('idempotency', 's', 'k3')")
        tasks = [asyncio.create_task(pay(running, pair, f"k{n}")) for n in range(8)]
        done, _ = await asyncio.wait(tasks[:3] + tasks[4:], timeout=SOON)
        assert len(done) == 7
        assert all(task.result().result == 1 for task in done)
        assert not tasks[3].done()
        # And those who come later do not wait for it either.
        assert (await pay(running, pair, "later")).result == 1
        await hold.rollback()
        assert (await tasks[3]).result == 1
        await prove(running)


async def test_rows_that_stay_locked_are_an_overload_not_a_key_in_use(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "WAIT_LIMIT_SECONDS", 0.1)
    async with running_committer(postgresql_url) as running, second_connection(postgresql_url) as other:
        pair = await open_pair(running, 10)
        hold = other.transaction()
        await hold.start()
        await other.execute("SELECT 1 FROM ledger_account WHERE id = $1 FOR UPDATE", pair[0])
        with pytest.raises(Overloaded):
            await pay(running, pair, "k")
        await hold.rollback()
        assert (await pay(running, pair, "k")).result == 1


@pytest.mark.parametrize("commit_sent", [False, True])
async def test_a_network_that_swallows_everything_ends_in_an_answer(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, commit_sent: bool
) -> None:
    """No packet, no reset: before COMMIT nothing happened; after it the outcome is in doubt. Then the network heals."""
    monkeypatch.setattr(postgres_session, "ANSWER_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(postgres_session, "CONNECT_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(recovery, "IN_DOUBT_SECONDS", 1.0)
    async with frozen_network(postgresql_url) as network, running_committer(network.url) as running:
        pair = await open_pair(running, 10)
        if commit_sent:
            network.frozen_by = b"COMMIT\0"
        else:
            network.freeze()
        with pytest.raises(OutcomeInDoubt if commit_sent else Overloaded):
            await asyncio.wait_for(pay(running, pair, "k"), SOON)
        network.thaw()
        outcome = await asyncio.wait_for(pay(running, pair, "k"), SOON)
        assert outcome.result == 1 or outcome.replayed
        assert (await balance(running, pair[1])).balance_minor == 1
        await prove(running)


@pytest.mark.cluster
@pytest.mark.postgresql
async def test_a_commit_that_no_standby_has_seen_is_not_acknowledged(
    postgres_cluster: ClusterFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server waits for its standby without a limit; here that ends in doubt, neither in success nor in silence."""
    monkeypatch.setattr(postgres_session, "STATEMENT_TIMEOUT_MS", 300)
    monkeypatch.setattr(postgres_session, "ANSWER_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(recovery, "IN_DOUBT_SECONDS", 1.0)
    cluster = postgres_cluster(fsync="off")
    databases = PostgresDatabases(cluster.server_url, migrate_template)
    with databases.fresh() as url:
        async with running_committer(url) as running:
            pair = await open_pair(running, 10)
            execute(url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
            await _until_set(url, "nobody")
            with pytest.raises(OutcomeInDoubt):
                await asyncio.wait_for(pay(running, pair, "k"), SOON)
            execute(
                url,
                "ALTER SYSTEM RESET synchronous_standby_names",
                "SELECT pg_reload_conf()",
            )
            await _until_set(url, "")
            outcome = await asyncio.wait_for(pay(running, pair, "k"), SOON)
            assert outcome.replayed
            assert (await balance(running, pair[1])).balance_minor == 1
            await prove(running)
    databases.close()


async def _until_set(url: str, wanted: str) -> None:
    for _ in range(1_000):
        if execute(url, "SHOW synchronous_standby_names")[0][0] == wanted:
            return
    raise AssertionError("the server did not take its setting")
