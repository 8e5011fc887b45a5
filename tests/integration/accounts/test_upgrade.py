"""A database of the first release, with accounts and entries in it, comes to the newest revision unharmed."""

import pytest
from alembic import command
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.factories.committers import running_committer
from tongbao_platform.domain.accounts import roll_up
from tongbao_platform.domain.accounts.clearing import clearing_states
from tongbao_platform.domain.accounts.get import get, get_balance
from tongbao_platform.domain.accounts.store import BookStore
from tongbao_platform.domain.accounts.trial_balance import trial_balance
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.operation import Context
from tongbao_platform.kernel.clock import DAY_MS, Instant, VirtualClock
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.migrate import alembic_config, migrate

FIRST_RELEASE = "0002"
NOON = Instant(1_795_000_000_000)
ROWS = (
    "INSERT INTO database_stamp VALUES ('this', 'sandbox')",
    (
        "INSERT INTO ledger_account VALUES"
        f" ('acc_bank', NULL, 'bank_settlement', 'CNY', 2, {NOON}, NULL, 'open', 70, 0, 0, 0, 1, {NOON})"
    ),
    (
        "INSERT INTO ledger_account VALUES"
        f" ('acc_shop', 'mch_shop', 'merchant', 'CNY', 1, {NOON}, 0, 'open', 0, 70, 0, 0, 1, {NOON})"
    ),
    (
        "INSERT INTO ledger_transfer VALUES"
        f" ('tra_1', 'tra_1', 'acc_bank', 'acc_shop', 70, 'CNY', 'deposit', 'deposit', 'x', '', NULL, {NOON})"
    ),
    f"INSERT INTO ledger_entry VALUES ('acc_bank', 1, 'tra_1', -70, -70, {NOON})",
    f"INSERT INTO ledger_entry VALUES ('acc_shop', 1, 'tra_1', 70, 70, {NOON})",
)


def engine_of(url: str) -> AsyncEngine:
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    return create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))


def first_release(connection: Connection) -> None:
    command.upgrade(alembic_config(connection, metadata()), FIRST_RELEASE)
    for row in ROWS:
        connection.execute(text(row))


@pytest.fixture
async def old_url(empty_database_url: str) -> str:
    """Give a database as the first release left it."""
    engine = engine_of(empty_database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(first_release)
    finally:
        await engine.dispose()
    return empty_database_url


async def test_the_first_releases_book_goes_on(old_url: str) -> None:
    await migrate(old_url, "sandbox", metadata())
    clock = VirtualClock(Instant(NOON + 2 * DAY_MS))
    async with running_committer(old_url, clock) as running:
        first = await ensure_bank_accounts(running.committer, running.reader, running.ids)
        assert first.settlement == {"CNY": "acc_bank"}
        assert set(first.fx_position) == {"CNY", "USD"}
        assert await ensure_bank_accounts(running.committer, running.reader, running.ids) == first
        assert [state.flow for state in await clearing_states(running.reader)] == ["sweep"]
        shop = await get(running.reader, "mch_shop", "acc_shop")
        balance = await get_balance(running.reader, "mch_shop", "acc_shop")
        assert shop is not None
        assert balance is not None
        assert (shop.status, shop.revision, balance.posted_minor) == ("open", 2, 70)
        async with running.reader.snapshot() as reader:
            due = await roll_up.due(reader, clock.now(), "")
        for wanted in due.commands:
            await running.committer.run(roll_up, wanted, Context(actor="test"))
        days = await BookStore(running.reader).last_days(["acc_bank", "acc_shop"])
        assert {name: day.closing_minor for name, day in days.items()} == {"acc_bank": -70, "acc_shop": 70}
        assert (await trial_balance(running.reader)).is_balanced
        async with running.reader.snapshot() as reader:
            report = await verify(reader)
        assert report.is_clean, report.findings
