"""What another process does between two statements of a batch: nothing is lost, and nothing is answered wrongly."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from tests.factories.committers import running_committer
from tests.factories.payments import account_payment, refund
from tests.factories.stored_bank import stored_bank
from tests.integration.execution.other_connection import second_connection, until_somebody_waits
from tests.integration.execution.test_committer import (
    TEST,
    open_pair,
)
from tests.integration.execution.test_recovery import pay, prove
from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.payments import create
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.execution.batch import Batch
from tongbao_platform.execution.expiry import purge_answers
from tongbao_platform.execution.operation import Changes, Found, Keys
from tongbao_platform.execution.records import ANSWER_TABLE, CACHE_VERSION_TABLE, CLAIM_TABLE, ClaimRow, StoredAnswer
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.postgres_session import PostgresSession
from tongbao_platform.storage.session import Lock


class Rename(msgspec.Struct, frozen=True, kw_only=True):
    merchant_id: str
    name: str


def _rename(rows: Any, command: Rename, now: Instant) -> Any:
    return Changes(result=None, update=(replace(rows.get(Merchant, command.merchant_id), name=command.name),))


def _rename_keys(command: Rename, found: Found) -> Keys:
    del found
    return Keys(rows=((Merchant, command.merchant_id),))


rename: Any = SimpleNamespace(keys=_rename_keys, decide=_rename)


async def test_the_holder_of_a_number_that_is_locked_elsewhere_is_waited_for(postgresql_url: str) -> None:
    """The refund of that number exists; that its row is locked for a while must not make it unknown."""
    async with stored_bank(postgresql_url) as bank, second_connection(postgresql_url) as other:
        await bank.run(create, account_payment("1", 10_000), "mch_buyer")
        first = await bank.run(create_refund, refund("1", 100), "mch_shop")
        hold = other.transaction()
        await hold.start()
        await other.execute("SELECT 1 FROM refund WHERE id = 'ref_1' FOR UPDATE")
        again = replace(refund("1", 100), refund_id="ref_2")
        repeated = asyncio.create_task(bank.run(create_refund, again, "mch_shop"))
        # A batch that ends after the lock time-out has run with SKIP LOCKED.
        assert (await bank.run(create, account_payment("2"), "mch_buyer")).payment.status == "succeeded"
        await hold.rollback()
        answered = await repeated
        assert (answered.refund.id, answered.existing) == (first.refund.id, True)


async def test_a_payment_paid_between_search_and_lock_can_be_refunded(postgresql_url: str) -> None:
    """The search saw an unpaid payment and named no accounts; under the lock it is paid. That is no refusal."""
    async with stored_bank(postgresql_url) as bank, second_connection(postgresql_url) as other:
        await bank.run(create, account_payment("1", 10_000), "mch_buyer")
        await other.execute("UPDATE payment SET payer_account_id = NULL WHERE id = 'pay_1'")
        paying = other.transaction()
        await paying.start()
        await other.execute("UPDATE payment SET payer_account_id = 'acc_buyer' WHERE id = 'pay_1'")
        refunding = asyncio.create_task(bank.run(create_refund, refund("1", 100), "mch_shop"))
        await until_somebody_waits(other)
        await paying.commit()
        assert (await refunding).refund.status == "succeeded"
        await prove(bank.running)


async def test_a_key_purged_in_the_middle_of_its_use_is_new_and_stays_usable(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purge that commits between the claim and the look at its holder must leave neither half behind."""
    async with running_committer(postgresql_url) as one, running_committer(postgresql_url) as two:
        pair = await open_pair(one, 10)
        assert (await pay(one, pair, "k")).result == 1
        real = Batch._claim
        purged: list[int] = []

        async def claim(self: Batch) -> Any:
            session = self._session
            load = session.load

            async def purge_first(rowset: Any, keys: Any, lock: Lock) -> Any:
                if rowset.model is ClaimRow and not purged:
                    purged.append(await two.committer.perform(lambda s: purge_answers(s, Instant(2**60), 10)))
                return await load(rowset, keys, lock)

            monkeypatch.setattr(session, "load", purge_first)
            try:
                return await real(self)
            finally:
                monkeypatch.setattr(session, "load", load)

        monkeypatch.setattr(Batch, "_claim", claim)
        second = await pay(one, pair, "k")
        assert purged == [1]
        assert not second.replayed
        assert (await pay(one, pair, "k")).replayed
        for table, where in (
            (CLAIM_TABLE, CLAIM_TABLE.c.kind == "idempotency"),
            (ANSWER_TABLE, ANSWER_TABLE.c.key == "k"),
        ):
            assert await one.reader.rows(select(func.count()).select_from(table).where(where)) == [(1,)]


async def test_a_purge_cannot_come_between_a_claim_and_its_answer(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the key's holder has been seen, its answer is still there: the purge waits for this transaction."""
    async with running_committer(postgresql_url) as one, second_connection(postgresql_url) as other:
        pair = await open_pair(one, 10)
        assert (await pay(one, pair, "k")).result == 1
        session: Any = one.committer._recovery._session
        load = session.load
        purging: list[asyncio.Task[int]] = []

        async def purge() -> int:
            purger = PostgresSession(other)
            await purger.begin()
            gone = await purge_answers(purger, Instant(2**60), 10)
            await purger.commit()
            return gone

        async def purge_first(rowset: Any, keys: Any, lock: Lock) -> Any:
            if rowset.model is StoredAnswer and not purging:
                purging.append(asyncio.create_task(purge()))
                await _until_done_or_blocked(purging[0], session)
            return await load(rowset, keys, lock)

        monkeypatch.setattr(session, "load", purge_first)
        assert (await pay(one, pair, "k")).replayed
        assert await purging[0] == 1
        assert not (await pay(one, pair, "k")).replayed
        assert (await pay(one, pair, "k")).replayed


async def _until_done_or_blocked(purging: "asyncio.Task[int]", session: Any) -> None:
    """Return when the purge has ended, or waits for the transaction of ``session``."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(10_000):
        if purging.done() or await session._connection.fetchval(waiting):
            return
        await asyncio.sleep(0)
    raise AssertionError("the purge neither ended nor waited")


async def test_the_first_cached_change_may_be_made_by_two_processes_at_once(postgresql_url: str) -> None:
    """Neither finds the version's row; both must commit."""
    async with stored_bank(postgresql_url) as bank, second_connection(postgresql_url) as other:
        await other.execute("DELETE FROM cache_version")
        first = other.transaction()
        await first.start()
        await other.execute("INSERT INTO cache_version (id, version) VALUES ('cached_rows', 7)")
        renaming = asyncio.create_task(
            bank.running.committer.run(rename, Rename(merchant_id="mch_shop", name="New"), TEST)
        )
        await until_somebody_waits(other)
        await first.commit()
        assert (await renaming).refusal is None
        assert await bank.reader.rows(select(CACHE_VERSION_TABLE.c.version)) == [(8,)]
