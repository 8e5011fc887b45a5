"""Payments that were made before there were captures stay as they are and can be read."""

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.storage.test_migrations import engine_of
from tongbao_platform.domain.payments.get import get
from tongbao_platform.execution.reading import EngineReader
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.migrate import alembic_config

OLD_PAYMENT = """
INSERT INTO payment (id, livemode, revision, status, merchant_id, creator_merchant_id, client_id, merchant_order_no,
  amount_minor, currency, description, method_type, method, capture_method, metadata, fee_rate_ppm, payee_account_id,
  fee_account_id, created_at, amount_captured_minor, amount_refunded_minor, refund_reserved_minor, refund_count,
  fee_minor, fee_returned_minor, refund_status, split_status, dispute_status, settlement_status, late, attempts,
  succeeded_at)
VALUES ('pay_1', false, 1, 'succeeded', 'mch_shop', 'mch_shop', 'app_shop', 'order-1', 1999, 'CNY', '', 'account',
  '{"type":"account","source_account_id":"acc_a","payee_account_id":"acc_b"}', 'automatic', '{}', 0, 'acc_b', 'acc_fee',
  1, 1999, 0, 0, 0, 0, 0, 'none', 'none', 'none', 'unsettled', false, '[]', 1)
"""


async def upgrade(engine: AsyncEngine, revision: str) -> None:
    def run(connection: Connection) -> None:
        command.upgrade(alembic_config(connection, metadata()), revision)

    async with engine.begin() as connection:
        await connection.run_sync(run)


async def test_old_payments_have_nothing_held_and_no_captures(empty_database_url: str) -> None:
    engine = engine_of(empty_database_url)
    try:
        await upgrade(engine, "0002")
        async with engine.begin() as connection:
            await connection.execute(text(OLD_PAYMENT))
        await upgrade(engine, "head")
        payment = await get(EngineReader(engine), "mch_shop", "pay_1")
        assert payment is not None
        assert (payment.status, payment.capture_before, payment.captures) == ("succeeded", None, ())
    finally:
        await engine.dispose()
