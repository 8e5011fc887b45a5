"""The verifier finds nothing in good books and names the broken rule in bad ones, on both databases."""

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.factories.committers import Running, running_committer
from tests.integration.execution.moving import Move, OpenAccount, move, open_account
from tongbao_platform.domain.verification.model import Report
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.operation import Context

TEST = Context(actor="test")


async def fill(running: Running) -> tuple[str, str]:
    bank, payer, payee = (running.ids.new("acc") for _ in range(3))
    for account_id, floor in ((bank, None), (payer, 0), (payee, 0)):
        await running.committer.run(open_account, OpenAccount(account_id=account_id, floor_minor=floor), TEST)
    await running.committer.run(move, Move(debit=bank, credit=payer, amount_minor=100), TEST)
    for amount in (1, 2, 3):
        await running.committer.run(move, Move(debit=payer, credit=payee, amount_minor=amount), TEST)
    return payer, payee


async def report_of(running: Running) -> Report:
    async with running.reader.snapshot() as reader:
        return await verify(reader)


async def tamper(url: str, *statements: str) -> None:
    """Edit behind the application's back, triggers switched off, as a database owner could."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            if sqlite:
                for table in ("ledger_entry", "ledger_transfer"):
                    await connection.execute(text(f"DROP TRIGGER {table}_no_update"))
                    await connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
            else:
                await connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def test_good_books_are_clean(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
        report = await report_of(running)
        assert report.is_clean, report.findings
        assert report.counts["ledger_entry"] == 8


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (
            "UPDATE ledger_entry SET amount_minor = amount_minor * 2 WHERE seq = 2 AND amount_minor > 0",
            "entries sum to zero per currency",
        ),
        (
            "UPDATE ledger_entry SET amount_minor = amount_minor * 2 WHERE seq = 2 AND amount_minor > 0",
            "entries sum to zero per group",
        ),
        ("DELETE FROM ledger_entry WHERE seq = 2", "seq has no gaps"),
        ("DELETE FROM ledger_entry WHERE seq = 2", "every transfer has its two entries"),
        ("DELETE FROM ledger_transfer", "every entry has its transfer and account"),
        ("UPDATE ledger_entry SET balance_after_minor = 7 WHERE seq = 2", "each balance after follows the one before"),
        (
            "UPDATE ledger_account SET posted_credits = posted_credits + 1 WHERE seq > 0",
            "balance = sum of entries = last balance after",
        ),
        ("UPDATE ledger_account SET held_credits = 5", "held = open holds"),
        ("UPDATE ledger_transfer SET reference_type = 'payment'", "no leg without its payment or refund"),
        (
            "INSERT INTO ledger_hold VALUES ('hol_1','a','b',5,'CNY','t','t',NULL,1,2,3,'posted')",
            "what a hold posted = its transfers",
        ),
    ],
)
async def test_bad_books_are_named(database_url: str, statement: str, check: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
    await tamper(database_url, statement)
    async with running_committer(database_url) as running:
        report = await report_of(running)
        assert check in {finding.check for finding in report.findings}


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transfer"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET amount_minor = 5"])
async def test_appended_rows_cannot_be_changed(database_url: str, table: str, verb: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
    parsed = make_url(database_url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))
    with pytest.raises(Exception, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(verb.format(table)))
    await engine.dispose()
