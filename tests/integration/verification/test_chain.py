"""What was sealed cannot be changed behind the application's back without the first bad row being named."""

from pathlib import Path

import pytest

from tests.factories.committers import running_committer
from tests.integration.verification.books import (
    PAYEE,
    PAYER,
    fill,
    pay,
    report_of,
    sealer_of,
    tamper,
    value_of,
)
from tongbao_platform.domain.chain.anchors import AnchorUnreadable
from tongbao_platform.domain.verification.model import Finding
from tongbao_platform.processes.anchor_file import read_anchors

# The fill is block 1 of both chains: 1 entry of the bank, 4 of the payer, 3 of the payee. Each later pay is a block.
SECOND_TRANSFER = "(SELECT transfer_id FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 2)"


def swap(table: str, columns: tuple[str, ...], first: str, second: str) -> tuple[str, ...]:
    """Return statements that exchange ``columns`` of two rows of ``table``."""

    def taken(source: str) -> str:
        return ", ".join(f"{name} = (SELECT other.{name} FROM {source})" for name in columns)

    return (
        f"CREATE TABLE kept AS SELECT * FROM {table} WHERE {first}",
        f"UPDATE {table} SET {taken(f'{table} other WHERE {second}')} WHERE {first}",
        f"UPDATE {table} SET {taken('kept other')} WHERE {second}",
        "DROP TABLE kept",
    )


async def first_broken(url: str, *statements: str) -> Finding:
    """Fill, seal, pay once more, seal, tamper; return the first thing found in a chain."""
    async with running_committer(url) as running:
        await fill(running)
        sealer = sealer_of(running)
        await sealer.run()
        await pay(running, 4)
        await sealer.run()
        assert [head.number for head in sealer.heads] == [1, 2]
        assert (await report_of(running)).is_clean
    await tamper(url, *statements)
    async with running_committer(url) as running:
        report = await report_of(running)
    return next(finding for finding in report.findings if finding.rule == "V10")


@pytest.mark.parametrize(
    ("statements", "subject", "detail"),
    [
        pytest.param(
            ("UPDATE ledger_entry SET amount_minor = 7 WHERE account_id = 'acc_shop' AND seq = 2",),
            "ledger_entry acc_shop/2",
            "is not what block 1 sealed",
            id="an entry's amount",
        ),
        pytest.param(
            ("UPDATE ledger_entry SET occurred_at = occurred_at + 1 WHERE account_id = 'acc_payer' AND seq = 5",),
            "ledger_entry acc_payer/5",
            "is not what block 2 sealed",
            id="an entry's time, in the last block",
        ),
        pytest.param(
            (
                "DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 1",
                "UPDATE ledger_entry SET seq = seq - 1 WHERE account_id = 'acc_shop' AND seq = 2",
            ),
            "ledger_entry acc_shop/1",
            "is not what block 1 sealed",
            id="a deletion that was moved over",
        ),
        pytest.param(
            ("DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 2",),
            "ledger_entry acc_shop/2",
            "is gone, sealed in block 1",
            id="a deletion",
        ),
        pytest.param(
            (
                "UPDATE ledger_entry SET seq = 900 WHERE account_id = 'acc_shop' AND seq = 2",
                "UPDATE ledger_entry SET seq = 2 WHERE account_id = 'acc_shop' AND seq = 3",
                "UPDATE ledger_entry SET seq = 3 WHERE account_id = 'acc_shop' AND seq = 900",
            ),
            "ledger_entry acc_shop/2",
            "is not what block 1 sealed",
            id="a reorder by seq",
        ),
        pytest.param(
            swap(
                "ledger_entry",
                ("transfer_id", "amount_minor", "balance_after_minor", "occurred_at"),
                "account_id = 'acc_payer' AND seq = 2",
                "account_id = 'acc_payer' AND seq = 3",
            ),
            "ledger_entry acc_payer/2",
            "is not what block 1 sealed",
            id="a reorder by content",
        ),
        pytest.param(
            (
                "DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 4",
                "UPDATE ledger_account SET seq = 3, posted_credits = 6 WHERE id = 'acc_shop'",
            ),
            "ledger_entry acc_shop/4",
            "is gone, sealed in block 2",
            id="a cut tail, the account made to fit",
        ),
        pytest.param(
            ("DELETE FROM audit_entry WHERE object_id = 'acc_shop'",),
            "audit_entry ",
            "is gone, sealed in block 1",
            id="a deleted audit entry",
        ),
        pytest.param(
            ("UPDATE audit_entry SET actor = 'nobody' WHERE object_id = 'acc_payer'",),
            "audit_entry ",
            "is not what block 1 sealed",
            id="an edited audit entry",
        ),
        pytest.param(
            ("UPDATE chain_block SET covers = replace(covers, 'acc_shop', 'acc_xhop') WHERE id LIKE 'entries%1'",),
            "chain_block entries/1",
            "was edited: its fields do not give its hash",
            id="an edited block",
        ),
        pytest.param(
            ("DELETE FROM chain_block WHERE id LIKE 'entries%1'",),
            "chain_block entries/1",
            "is missing",
            id="a block taken out",
        ),
        pytest.param(
            ("DELETE FROM chain_block WHERE id LIKE 'entries%2'",),
            "chain_block entries/2",
            "is gone: the head is number 2",
            id="the last block cut off",
        ),
        pytest.param(
            ("UPDATE chain_head SET number = 1 WHERE id = 'entries'",),
            "chain_head entries",
            "is not block 2, the last one",
            id="a head set back",
        ),
        pytest.param(
            ("UPDATE chain_account SET seq = seq + 1 WHERE id = 'acc_shop'",),
            "ledger_account acc_shop",
            "has 4 entries, sealed were 5: its tail was cut",
            id="a sealed seq raised",
        ),
        pytest.param(
            ("UPDATE chain_account SET seq = seq - 1 WHERE id = 'acc_shop'",),
            "chain_account acc_shop",
            "says 3, sealed in blocks are 4",
            id="a sealed seq lowered",
        ),
        pytest.param(
            ("DELETE FROM chain_account WHERE id = 'acc_shop'",),
            "chain_account acc_shop",
            "is missing, sealed in blocks are 4",
            id="a sealed account forgotten",
        ),
    ],
)
async def test_the_first_bad_row_is_named(
    database_url: str, statements: tuple[str, ...], subject: str, detail: str
) -> None:
    finding = await first_broken(database_url, *statements)
    assert (finding.subject.startswith(subject), finding.detail) == (True, detail), finding


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE ledger_transfer SET amount_minor = 9 WHERE id = {}", "is not what was sealed in block 1"),
        ("UPDATE ledger_transfer SET description = 'gift' WHERE id = {}", "is not what was sealed in block 1"),
        ("DELETE FROM ledger_transfer WHERE id = {}", "is gone, sealed in block 1"),
    ],
)
async def test_a_transfer_is_sealed_with_its_entries(database_url: str, statement: str, detail: str) -> None:
    finding = await first_broken(database_url, statement.format(SECOND_TRANSFER))
    transfer_id = await value_of(database_url, SECOND_TRANSFER.replace("(SELECT", "SELECT").rstrip(")"))
    assert finding.subject == f"ledger_transfer {transfer_id}"
    # The payer's account is sealed before the payee's: its third entry is of the same transfer.
    assert finding.detail == f"{detail}, with ledger_entry acc_payer/3"


async def test_a_forged_entry_between_sealed_ones_is_named(database_url: str) -> None:
    """The forger moves the tail up and makes the account fit: all sums are right."""
    forged = "'tra_00000000000000000000000000'"
    finding = await first_broken(
        database_url,
        "UPDATE ledger_entry SET seq = seq + 1000, balance_after_minor = balance_after_minor + 5"
        " WHERE account_id = 'acc_shop' AND seq >= 2",
        "UPDATE ledger_entry SET seq = seq - 999 WHERE seq > 1000",
        f"INSERT INTO ledger_entry SELECT account_id, 2, {forged}, 5, balance_after_minor + 5, occurred_at"
        " FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 1",
        "UPDATE ledger_account SET seq = seq + 1, posted_credits = posted_credits + 5 WHERE id = 'acc_shop'",
    )
    assert (finding.subject, finding.detail) == ("ledger_entry acc_shop/2", "is not what block 1 sealed")


async def test_an_edited_block_that_was_hashed_anew_contradicts_the_next(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
        sealer = sealer_of(running)
        await sealer.run()
        await pay(running, 4)
        await sealer.run()
    await tamper(database_url, "UPDATE chain_block SET previous_hash = hash, hash = previous_hash WHERE number = 2")
    async with running_committer(database_url) as running:
        named = {finding.subject for finding in (await report_of(running)).findings}
    assert "chain_block entries/2" in named


async def test_rows_and_blocks_cut_together_are_found_by_what_was_published(database_url: str, tmp_path: Path) -> None:
    anchor_file = tmp_path / "anchors"
    async with running_committer(database_url) as running:
        await fill(running)
        await sealer_of(running).run()
        await pay(running, 4)
        # A sealer publishes at once when it has not yet, then once a minute.
        await sealer_of(running, anchor_file).run()
        assert (await report_of(running, read_anchors(anchor_file))).is_clean
    last = "(SELECT transfer_id FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 4)"
    await tamper(
        database_url,
        f"DELETE FROM ledger_transfer WHERE id = {last}",
        "DELETE FROM ledger_entry WHERE (account_id, seq) IN (('acc_shop', 4), ('acc_payer', 5))",
        "UPDATE ledger_account SET seq = 3, posted_credits = posted_credits - 4 WHERE id = 'acc_shop'",
        "UPDATE ledger_account SET seq = 4, posted_debits = posted_debits - 4 WHERE id = 'acc_payer'",
        "DELETE FROM chain_block WHERE id LIKE 'entries%2'",
        "UPDATE chain_head SET number = 1, hash = (SELECT hash FROM chain_block WHERE id LIKE 'entries%1')"
        " WHERE id = 'entries'",
        "UPDATE chain_account SET seq = seq - 1 WHERE id IN ('acc_shop', 'acc_payer')",
    )
    async with running_committer(database_url) as running:
        assert (await report_of(running)).is_clean, "the database alone tells nothing: that is what anchors are for"
        report = await report_of(running, read_anchors(anchor_file))
    assert [(each.subject, each.detail) for each in report.findings] == [
        ("chain_block entries/2", "was published and is gone")
    ]


async def test_a_chain_made_anew_contradicts_what_was_published(database_url: str, tmp_path: Path) -> None:
    anchor_file = tmp_path / "anchors"
    async with running_committer(database_url) as running:
        await fill(running)
        await sealer_of(running, anchor_file).run()
    await tamper(
        database_url,
        "UPDATE ledger_transfer SET description = 'another story'",
        "DELETE FROM chain_block",
        "DELETE FROM chain_head",
        "DELETE FROM chain_account",
        "DELETE FROM chain_audit_entry",
    )
    async with running_committer(database_url) as running:
        await sealer_of(running).run()
        assert (await report_of(running)).is_clean
        report = await report_of(running, read_anchors(anchor_file))
    assert (report.findings[0].subject, report.findings[0].detail) == (
        "chain_block entries/1",
        "is not the block that was published under this number",
    )


def test_a_damaged_anchor_file_is_refused_and_a_torn_last_line_is_not(tmp_path: Path) -> None:
    good = b'{"chain":"entries","number":1,"hash":"00","sealed_at":"2026-11-22T00:00:00.000Z"}\n'
    path = tmp_path / "anchors"
    assert read_anchors(path) == []
    path.write_bytes(good + good[:40])
    assert [anchor.number for anchor in read_anchors(path)] == [1]
    path.write_bytes(good[:40] + b"\n" + good)
    with pytest.raises(AnchorUnreadable, match="line 1"):
        read_anchors(path)


async def test_the_payers_own_view_is_sealed_too(database_url: str) -> None:
    """Both sides of a transfer are rows of their own: an edit of the other side is named as that side."""
    finding = await first_broken(
        database_url, f"UPDATE ledger_entry SET balance_after_minor = 1 WHERE account_id = '{PAYER}' AND seq = 1"
    )
    assert finding.subject == f"ledger_entry {PAYER}/1"
    assert PAYEE not in finding.subject
