"""The verifier finds nothing in good books, and each proof fails where its rule is broken, on both databases."""

from typing import Final

import pytest
from sqlalchemy import text

from tests.factories.committers import running_committer
from tests.factories.rows import START
from tests.factories.stored_bank import stored_bank
from tests.integration.verification.books import engine_of, fill, report_of, sealer_of, tamper, trade
from tongbao_platform.domain.verification.proofs.catalogue import PROOFS
from tongbao_platform.domain.verification.verify import CHAIN_CHECKS, verify
from tongbao_platform.kernel.clock import Instant

# Each damage breaks the named proof (and often others: money that is missing here is too much there).
DAMAGE: Final[dict[str, tuple[str, ...]]] = {
    "entries sum to zero per currency": (
        "UPDATE ledger_entry SET amount_minor = amount_minor * 2 WHERE account_id = 'acc_shop' AND seq = 2",
    ),
    "entries sum to zero per group": (
        "UPDATE ledger_entry SET amount_minor = amount_minor * 2 WHERE account_id = 'acc_shop' AND seq = 2",
    ),
    "every transfer has its two entries": ("DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 2",),
    "balance = sum of entries = last balance after": (
        "UPDATE ledger_account SET posted_credits = posted_credits + 1 WHERE id = 'acc_shop'",
    ),
    "each balance after follows the one before": (
        "UPDATE ledger_entry SET balance_after_minor = 7 WHERE account_id = 'acc_shop' AND seq = 2",
    ),
    "seq has no gaps": ("UPDATE ledger_entry SET seq = 90 WHERE account_id = 'acc_shop' AND seq = 2",),
    "held = open holds": ("UPDATE ledger_account SET held_credits = 5 WHERE id = 'acc_zhang'",),
    "what a hold posted = its transfers": ("UPDATE ledger_hold SET posted_minor = 4001 WHERE id = 'hld_2'",),
    "no transfer of a hold that is not there": ("DELETE FROM ledger_hold WHERE id = 'hld_4'",),
    "no account is below its floor": ("UPDATE ledger_account SET floor_minor = 999999 WHERE id = 'acc_zhang'",),
    "every payment has exactly its legs": ("UPDATE payment SET fee_minor = fee_minor - 1 WHERE id = 'pay_1'",),
    "every fee is in the group of its payment's leg": (
        "UPDATE ledger_transfer SET group_id = id || 'x' WHERE type = 'fee' AND reference_id = 'pay_1'",
    ),
    "only a succeeded or authorized payment has captured": (
        "UPDATE payment SET status = 'failed', succeeded_at = NULL WHERE id = 'pay_1'",
    ),
    "a payment's hold is open exactly while it is authorized": (
        "UPDATE payment SET status = 'canceled' WHERE id = 'pay_2'",
    ),
    "every payment has its events": ("DELETE FROM event WHERE subject_id = 'pay_1' AND type = 'payment.succeeded'",),
    "no leg without its payment or refund": ("DELETE FROM payment WHERE id = 'pay_1'",),
    "every refund has exactly its legs": ("DELETE FROM ledger_transfer WHERE type = 'fee_refund'",),
    "every succeeded refund has exactly its event": ("DELETE FROM event WHERE type = 'refund.succeeded'",),
    "refunded = sum of refunds": ("UPDATE refund SET amount_minor = 2999",),
    "every refund has its payment": ("UPDATE refund SET payment_id = 'pay_9'",),
    "every entry has its transfer and account": ("DELETE FROM ledger_account WHERE id = 'acc_zhang'",),
    "clearing accounts return to zero in time": (
        "INSERT INTO ledger_entry VALUES ('acc_clearing', 1, 'tra_x', 5, 5, 1000)",
        "UPDATE ledger_account SET posted_credits = 5, seq = 1 WHERE id = 'acc_clearing'",
    ),
    CHAIN_CHECKS["entries"]: ("UPDATE ledger_transfer SET description = 'x'",),
    CHAIN_CHECKS["audit"]: ("UPDATE audit_entry SET actor = 'x'",),
}
# More ways to break a proof that looks at several things.
MORE_DAMAGE: Final = (
    ("every payment has exactly its legs", "UPDATE payment SET amount_captured_minor = 3999 WHERE id = 'pay_2'"),
    ("every payment has exactly its legs", "UPDATE ledger_transfer SET type = 'other' WHERE type = 'fee'"),
    ("only a succeeded or authorized payment has captured", "UPDATE payment SET amount_captured_minor = 0"),
    ("a payment's hold is open exactly while it is authorized", "DELETE FROM ledger_hold WHERE id = 'hld_2'"),
    (
        "a payment's hold is open exactly while it is authorized",
        "UPDATE ledger_hold SET status = 'open' WHERE id = 'hld_3'",
    ),
    (
        "a payment's hold is open exactly while it is authorized",
        "UPDATE ledger_hold SET status = 'released' WHERE id = 'hld_2'",
    ),
    (
        "a payment's hold is open exactly while it is authorized",
        "UPDATE ledger_hold SET posted_minor = 5 WHERE id = 'hld_4'",
    ),
    ("every payment has its events", "DELETE FROM event WHERE subject_id = 'pay_5'"),
    ("every refund has exactly its legs", "UPDATE ledger_transfer SET amount_minor = 2999 WHERE type = 'refund'"),
    ("every refund has exactly its legs", "UPDATE ledger_transfer SET group_id = id WHERE reference_type = 'refund'"),
    ("held = open holds", "UPDATE ledger_account SET held_debits = 0 WHERE id = 'acc_buyer'"),
    ("seq has no gaps", "DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 1"),
    ("every entry has its transfer and account", "DELETE FROM ledger_transfer WHERE reference_id = 'pay_1'"),
    ("no leg without its payment or refund", "UPDATE ledger_transfer SET reference_id = 'ref_9' WHERE type = 'refund'"),
)
CASES: Final = (
    *((check, damage) for check, damage in DAMAGE.items()),
    *((check, (sql,)) for check, sql in MORE_DAMAGE),
)


def test_every_proof_has_a_damage_that_it_finds() -> None:
    assert set(DAMAGE) == {*(proof.name for proof in PROOFS), *CHAIN_CHECKS.values()}


async def test_good_books_are_clean(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await trade(bank)
        await sealer_of(bank.running).run()
        report = await report_of(bank.running)
    assert report.is_clean, report.findings
    assert set(report.checks) == set(DAMAGE)
    assert (report.counts["payment"], report.counts["refund"], report.counts["ledger_hold"]) == (5, 1, 3)


@pytest.mark.parametrize(("check", "statements"), CASES)
async def test_a_broken_rule_is_named(database_url: str, check: str, statements: tuple[str, ...]) -> None:
    async with stored_bank(database_url) as bank:
        await trade(bank)
        await sealer_of(bank.running).run()
    await tamper(database_url, *statements)
    async with running_committer(database_url) as running:
        assert check in {finding.check for finding in (await report_of(running)).findings}


async def test_transfers_of_other_kinds_are_nobodys_legs(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await trade(bank)
    await tamper(
        database_url,
        "UPDATE ledger_transfer SET type = 'sweep', reference_type = 'sweep' WHERE type = 'deposit'",
    )
    async with running_committer(database_url) as running:
        assert (await report_of(running)).is_clean


async def test_a_clearing_account_has_its_time(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await trade(bank)
    await tamper(
        database_url,
        f"INSERT INTO ledger_entry VALUES ('acc_clearing', 1, 'tra_x', 5, 5, {START})",
        "UPDATE ledger_account SET posted_credits = 5, seq = 1 WHERE id = 'acc_clearing'",
    )
    async with running_committer(database_url) as running, running.reader.snapshot() as reader:
        on_time = await verify(reader, now=Instant(START + 60_000))
        late = await verify(reader, now=Instant(START + 60_001))
    check = "clearing accounts return to zero in time"
    assert check not in {finding.check for finding in on_time.findings}
    assert check in {finding.check for finding in late.findings}


async def test_at_most_twenty_findings_are_shown_of_a_check(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
    await tamper(
        database_url,
        *(f"INSERT INTO ledger_entry VALUES ('acc_shop', {seq}, 'tra_none', 1, 1, 1)" for seq in range(10, 40)),
    )
    async with running_committer(database_url) as running:
        report = await report_of(running)
    orphans = [finding for finding in report.findings if finding.rule == "V11"]
    assert len(orphans) == 20


APPENDED: Final = (
    "ledger_entry",
    "ledger_transfer",
    "event",
    "audit_entry",
    "chain_block",
    "chain_audit_entry",
)


@pytest.mark.parametrize("table", APPENDED)
async def test_appended_rows_cannot_be_changed(database_url: str, table: str) -> None:
    async with stored_bank(database_url) as bank:
        await trade(bank)
        await sealer_of(bank.running).run()
    engine = engine_of(database_url)
    postgresql = engine.dialect.name == "postgresql"
    column = {"ledger_entry": "account_id"}.get(table, "id")
    statements = [f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column} || 'x'"]
    try:
        for statement in [*statements, *([f"TRUNCATE {table}"] if postgresql else [])]:
            with pytest.raises(Exception, match="append-only"):
                async with engine.begin() as connection:
                    await connection.execute(text(statement))
    finally:
        await engine.dispose()
