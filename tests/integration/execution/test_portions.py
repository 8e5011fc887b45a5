"""Large batches: portions are written while the rest is decided, and the batch stays all or nothing."""

import asyncio

from sqlalchemy import func, select

from tests.factories.committers import Running, running_committer
from tests.factories.payments import h5_payment
from tests.integration.execution.faulty import FaultyDatabase
from tests.integration.execution.moving import Move, move
from tests.integration.execution.test_committer import TEST, balance, keyed, open_pair
from tests.integration.execution.test_recovery import LOST, prove
from tongbao_platform.domain.payments import close, create
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.tables import PAYMENTS
from tongbao_platform.execution.batch import PORTION
from tongbao_platform.execution.operation import Outcome
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.outbox.store import BATCHES
from tongbao_platform.outbox.tables import BATCHES as BATCH_TABLE
from tongbao_platform.outbox.tables import EVENTS

MANY = 3 * PORTION + 5


class FailsAt:
    """Loses the connection the ``number``-th time that ``point`` is reached, once armed."""

    def __init__(self, point: str, number: int) -> None:
        self._point = point
        self._left = number
        self.armed = False

    def __call__(self, point: str) -> None:
        if self.armed and point == self._point:
            self._left -= 1
            if self._left == 0:
                raise LOST


async def move_many(running: Running, pair: tuple[str, str]) -> list[Outcome | BaseException]:
    moves = (
        running.committer.run(move, Move(debit=pair[0], credit=pair[1], amount_minor=1), keyed(f"k{number}"))
        for number in range(MANY)
    )
    return await asyncio.gather(*moves, return_exceptions=True)


async def test_a_row_is_changed_after_its_portion_was_written(database_url: str) -> None:
    async with running_committer(database_url) as running:
        made = [running.committer.run(create, h5_payment(str(number)), TEST) for number in range(MANY)]
        closed = [running.committer.run(close, ClosePayment(payment_id=f"pay_{number}"), TEST) for number in range(9)]
        outcomes = await asyncio.gather(*made, *closed)
        assert [outcome.refusal for outcome in outcomes] == [None] * (MANY + 9)
        statuses = await running.reader.rows(
            select(PAYMENTS.c.status, PAYMENTS.c.revision, func.count()).group_by(
                PAYMENTS.c.status, PAYMENTS.c.revision
            )
        )
        assert sorted(statuses) == [("canceled", 2, 9), ("requires_action", 1, MANY - 9)]
        batches = await running.reader.models(BATCHES, BATCH_TABLE.select().order_by(BATCH_TABLE.c.id))
        told = [event_id for batch in batches for event_id in batch.event_ids]
        stored = await running.reader.rows(select(EVENTS.c.id).order_by(EVENTS.c.id))
        assert sorted(told) == [event_id for (event_id,) in stored]
        assert len(told) == MANY + 9
        # One transaction took them all, or this test shows nothing of portions.
        assert len(batches) < 4
        await prove(running)


async def lose_and_recover(database_url: str, plan: FailsAt) -> None:
    async with running_committer(database_url, wrap=lambda inner: FaultyDatabase(inner, plan)) as running:
        pair = await open_pair(running, 10_000)
        plan.armed = True
        outcomes = await move_many(running, pair)
        assert [outcome.result for outcome in outcomes if isinstance(outcome, Outcome)] == [1] * MANY
        assert (await balance(running, pair[1])).balance_minor == MANY
        assert all(await asyncio.gather(*(replayed(running, pair, number) for number in range(MANY))))
        assert (await balance(running, pair[1])).balance_minor == MANY
        await prove(running)


async def replayed(running: Running, pair: tuple[str, str], number: int) -> bool:
    again = Move(debit=pair[0], credit=pair[1], amount_minor=1)
    return (await running.committer.run(move, again, keyed(f"k{number}"))).replayed


async def test_a_connection_lost_in_the_first_portion_loses_and_doubles_nothing(database_url: str) -> None:
    await lose_and_recover(database_url, FailsAt("before insert", 2))


async def test_a_connection_lost_in_a_later_portion_loses_and_doubles_nothing(database_url: str) -> None:
    await lose_and_recover(database_url, FailsAt("after insert", 5))


async def test_a_row_that_the_database_refuses_fails_its_own_operation_only(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await running.committer.run(create, h5_payment("taken"), TEST)
        # The id of a stored payment under another number: only the database can see it.
        bad = h5_payment("taken", merchant_order_no="order-other")
        good = [running.committer.run(create, h5_payment(str(number)), TEST) for number in range(MANY)]
        results = await asyncio.gather(
            *good[:PORTION], running.committer.run(create, bad, TEST), *good[PORTION:], return_exceptions=True
        )
        assert [type(result) for result in results if not isinstance(result, Outcome)] == [PlatformFault]
        assert isinstance(results[PORTION], PlatformFault)
        count = await running.reader.rows(select(func.count()).select_from(PAYMENTS))
        assert count == [(MANY + 1,)]
