"""What waits for the relay when the outbox changes its form waits there still, each event once."""

from sqlalchemy import text

from tests.integration.storage.test_captures_migration import upgrade
from tests.integration.storage.test_migrations import engine_of
from tongbao_platform.domain.events.list import list_batches, list_by_ids
from tongbao_platform.execution.reading import EngineReader

EVENT = """
INSERT INTO event (id, type, livemode, occurred_at, subject_type, subject_id, revision, merchant_id, snapshot)
VALUES (:id, 'payment.succeeded', false, 7, 'payment', 'pay_1', 1, 'mch_1', :snapshot)
"""


async def test_pending_events_are_carried_over(empty_database_url: str) -> None:
    engine = engine_of(empty_database_url)
    try:
        await upgrade(engine, "0005")
        async with engine.begin() as connection:
            for number in (1, 2, 3):
                await connection.execute(text(EVENT), {"id": f"evt_{number}", "snapshot": b"{}"})
            await connection.execute(text("INSERT INTO event_pending (id) VALUES ('evt_3'), ('evt_1')"))
        await upgrade(engine, "head")
        reader = EngineReader(engine)
        batches = await list_batches(reader, 10)
        assert [(batch.event_ids, batch.announced) for batch in batches] == [(("evt_1",), ()), (("evt_3",), ())]
        assert [batch.occurred_at for batch in batches] == [7, 7]
        assert list(await list_by_ids(reader, ["evt_1"])) == ["evt_1"]
    finally:
        await engine.dispose()
