"""Small books for the verifier's tests, and edits of them behind the application's back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.factories.committers import Running
from tests.factories.payments import account_payment, h5_payment, refund
from tests.factories.stored_bank import StoredBank
from tests.integration.execution.moving import Move, move
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts import open_clearing
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.accounts.open_clearing import OpenClearing
from tongbao_platform.domain.chain.model import Anchor
from tongbao_platform.domain.payments import capture, create, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.void import VoidPayment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.verification.model import Report
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.operation import Context
from tongbao_platform.processes.sealing import Sealer

TEST = Context(actor="test")
BANK, PAYER, PAYEE = "acc_bank", "acc_payer", "acc_shop"


async def fill(running: Running) -> None:
    """Open three accounts, give the payer 100, and pay 1, 2 and 3 to the payee."""
    await _open(running, OpenAccount(account_id=BANK, owner_id=None, kind="bank_settlement", currency="CNY"))
    for account_id in (PAYER, PAYEE):
        await _open(running, OpenAccount(account_id=account_id, owner_id="mch_1", kind="merchant", currency="CNY"))
    await running.committer.run(move, Move(debit=BANK, credit=PAYER, amount_minor=100), TEST)
    for amount in (1, 2, 3):
        await pay(running, amount)


async def _open(running: Running, command: OpenAccount) -> None:
    await running.committer.run(open_account, command, TEST)


async def pay(running: Running, amount_minor: int) -> None:
    """Pay the payee once more."""
    await running.committer.run(move, Move(debit=PAYER, credit=PAYEE, amount_minor=amount_minor), TEST)


def sealer_of(running: Running, anchor_file: Path | None = None) -> Sealer:
    """Return a sealer of its own."""
    return Sealer(running.committer, running.reader, running.clock, anchor_file)


async def report_of(running: Running, anchors: Sequence[Anchor] = ()) -> Report:
    """Verify everything over one snapshot."""
    async with running.reader.snapshot() as reader:
        return await verify(reader, anchors=anchors)


def engine_of(url: str) -> AsyncEngine:
    """Connect as the owner of the database, past the application."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    return create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))


async def tamper(url: str, *statements: str) -> None:
    """Edit behind the application's back, triggers and checks switched off, as a database's owner can."""
    engine = engine_of(url)
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                triggers = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
                for (name,) in triggers.fetchall():
                    await connection.execute(text(f"DROP TRIGGER {name}"))
                await connection.execute(text("PRAGMA ignore_check_constraints = ON"))
            else:
                await connection.execute(text("SET session_replication_role = replica"))
                owned = (
                    "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid > 0"
                )
                checks = await connection.execute(text(owned))
                for table, name in checks.fetchall():
                    await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def value_of(url: str, statement: str) -> Any:
    """Return one value, read past the application."""
    engine = engine_of(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement))).scalar_one()
    finally:
        await engine.dispose()


async def trade(bank: StoredBank) -> None:
    """Make one payment of each kind.

    1 paid, and refunded in part; 2 authorized and captured in part; 3 authorized and voided; 4 captured in two parts; 5
    waits for its payer. A clearing account stands at zero.
    """
    await bank.run(create, account_payment("1"), by="mch_buyer")
    await bank.run(create_refund, refund("1", 3_000), by="mch_shop")
    for number in ("2", "3", "4"):
        await bank.run(create, account_payment(number, capture_method="manual"), by="mch_buyer")
    await bank.run(capture, CapturePayment(payment_id="pay_2", amount_minor=4_000, final=False))
    await bank.run(void, VoidPayment(payment_id="pay_3"))
    await bank.run(capture, CapturePayment(payment_id="pay_4", amount_minor=1_000, final=False))
    await bank.run(capture, CapturePayment(payment_id="pay_4", amount_minor=2_000, final=True))
    await bank.run(create, h5_payment("5"), by="mch_shop")
    await bank.run(
        open_clearing, OpenClearing(account_id="acc_clearing", flow="payout", currency="CNY", sla_seconds=60)
    )
