"""The look at the recent past: finds what is wrong in it, goes on from where it was, and leaves the rest alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.factories.committers import Running, running_committer
from tests.factories.rows import START
from tests.factories.stored_bank import StoredBank, stored_bank
from tests.integration.verification.books import PAYEE, PAYER, fill, pay, sealer_of, tamper, trade, value_of
from tongbao_platform.domain.verification.proofs.catalogue import RECENT_PROOFS
from tongbao_platform.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, VirtualClock
from tongbao_platform.processes.proof_metrics import GAUGES, ProofMetrics
from tongbao_platform.processes.proving import Prover

DAMAGE: Final[dict[str, tuple[str, ...]]] = {
    "balances sum to zero per currency": (
        "UPDATE ledger_account SET posted_credits = posted_credits + 1 WHERE id = 'acc_shop'",
    ),
    "every entry fits its transfer": (
        "UPDATE ledger_transfer SET amount_minor = amount_minor + 1 WHERE reference_id = 'pay_1' AND type = 'payment'",
    ),
    "each new entry follows the one before": (
        "UPDATE ledger_entry SET balance_after_minor = 7 WHERE account_id = 'acc_shop' AND seq = 2",
    ),
    "an account ends with its last entry": ("UPDATE ledger_account SET seq = seq + 1 WHERE id = 'acc_shop'",),
    "held = open holds": ("UPDATE ledger_account SET held_debits = 0 WHERE id = 'acc_buyer'",),
    "what a hold posted = its transfers": ("UPDATE ledger_hold SET posted_minor = 4001 WHERE id = 'hld_2'",),
    "no transfer of a hold that is not there": ("DELETE FROM ledger_hold WHERE id = 'hld_4'",),
    "no account is below its floor": ("UPDATE ledger_account SET floor_minor = 999999 WHERE id = 'acc_shop'",),
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
    "every payment has its events": ("DELETE FROM event WHERE subject_id = 'pay_1'",),
    "no leg without its payment or refund": ("DELETE FROM payment WHERE id = 'pay_1'",),
    "every refund has exactly its legs": ("DELETE FROM ledger_transfer WHERE type = 'fee_refund'",),
    "every succeeded refund has exactly its event": ("DELETE FROM event WHERE type = 'refund.succeeded'",),
    "refunded = sum of refunds": ("UPDATE refund SET amount_minor = 2999",),
    "every refund has its payment": ("UPDATE refund SET payment_id = 'pay_9'",),
    "clearing accounts return to zero in time": (
        "INSERT INTO ledger_entry VALUES ('acc_clearing', 1, 'tra_x', 5, 5, 1000)",
        "UPDATE ledger_account SET posted_credits = 5, seq = 1 WHERE id = 'acc_clearing'",
    ),
    "the hash chain of entries is whole": ("UPDATE ledger_transfer SET description = 'x'",),
    "the hash chain of audit entries is whole": ("UPDATE audit_entry SET actor = 'x'",),
}


def prover_of(running: Running, anchor_file: Path | None = None) -> Prover:
    snapshot = running.reader.snapshot
    return Prover(running.committer, (snapshot, snapshot), running.clock, anchor_file)


@asynccontextmanager
async def plain_books(url: str) -> AsyncIterator[tuple[Running, VirtualClock]]:
    clock = VirtualClock(START)
    async with running_committer(url, clock) as running:
        if await value_of(url, "SELECT COUNT(*) FROM ledger_account") == 0:
            await fill(running)
        yield running, clock


def names_of(prover: Prover) -> set[str]:
    return {check for check, _ in prover.findings}


def test_every_recent_proof_has_a_damage_that_it_finds() -> None:
    assert {proof.name for proof in RECENT_PROOFS} < set(DAMAGE)


async def test_good_books_are_clean(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await _trade_and_seal(bank)
        prover = prover_of(bank.running)
        await prover.run_recent()
        await prover.run_full()
        assert prover.findings == {}


@pytest.mark.parametrize("check", DAMAGE)
async def test_what_is_wrong_in_the_recent_past_is_named(database_url: str, check: str) -> None:
    async with stored_bank(database_url) as bank:
        await _trade_and_seal(bank)
    await tamper(database_url, *DAMAGE[check])
    async with running_committer(database_url, VirtualClock(START)) as running:
        prover = prover_of(running)
        await prover.run_recent()
        assert check in names_of(prover)


async def _trade_and_seal(bank: StoredBank) -> None:
    await trade(bank)
    await sealer_of(bank.running).run()


async def test_a_run_goes_on_behind_what_was_proven(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        await prover_of(running).run_recent()
        proven = "SELECT seq FROM verified_account WHERE id = 'acc_shop'"
        assert await value_of(database_url, proven) == 3
        clock.advance(MINUTE_MS)
        await pay(running, 4)
        await prover_of(running).run_recent()
        assert await value_of(database_url, proven) == 4
    # An old entry: behind what was proven, so that this run does not look at it; its neighbour it would.
    await tamper(database_url, "UPDATE ledger_entry SET amount_minor = 9 WHERE account_id = 'acc_shop' AND seq = 1")
    async with running_committer(database_url, VirtualClock(clock.now())) as running:
        await pay(running, 5)
        prover = prover_of(running)
        running.clock.advance(MINUTE_MS)  # type: ignore[attr-defined]  # it is the virtual one
        await prover.run_recent()
        assert prover.findings == {}
        await prover.run_full()
        assert "each balance after follows the one before" in names_of(prover)


async def test_the_end_that_was_proven_must_still_be_there(database_url: str) -> None:
    async with plain_books(database_url) as (running, _):
        await prover_of(running).run_recent()
        await pay(running, 4)
    await tamper(
        database_url,
        "UPDATE ledger_entry SET balance_after_minor = balance_after_minor + 1 WHERE account_id = 'acc_shop'",
    )
    async with running_committer(database_url, VirtualClock(START + MINUTE_MS)) as running:  # type: ignore[arg-type]  # an instant
        prover = prover_of(running)
        await prover.run_recent()
        named = {subject for check, subject in prover.findings if check == "each new entry follows the one before"}
    assert named == {f"{PAYEE}/4"}, "the entries before it were proven, and add up among themselves"


async def test_an_account_with_a_finding_is_not_counted_as_proven(database_url: str) -> None:
    async with plain_books(database_url) as (running, _):
        assert running.clock.now() == START
    await tamper(
        database_url, "UPDATE ledger_entry SET balance_after_minor = 7 WHERE account_id = 'acc_shop' AND seq = 2"
    )
    async with running_committer(database_url, VirtualClock(START)) as running:
        await prover_of(running).run_recent()
    assert await value_of(database_url, "SELECT COUNT(*) FROM verified_account WHERE id = 'acc_shop'") == 0
    assert await value_of(database_url, f"SELECT seq FROM verified_account WHERE id = '{PAYER}'") == 4


async def test_a_missing_number_in_the_tail_is_found(database_url: str) -> None:
    async with plain_books(database_url):
        pass
    await tamper(database_url, "DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 1")
    async with running_committer(database_url, VirtualClock(START)) as running:
        prover = prover_of(running)
        await prover.run_recent()
    assert ("each new entry follows the one before", "acc_shop/2") in prover.findings


async def test_a_second_worker_does_not_do_it_again(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        first, second = prover_of(running), prover_of(running)
        await first.run_recent()
        await pay(running, 4)
        clock.advance(1_000)
        await second.run_recent()
        assert (second.last_success, second.found) == (START, {})
        assert await value_of(database_url, "SELECT seq FROM verified_account WHERE id = 'acc_shop'") == 3


async def test_everything_is_proven_once_a_day_by_one_worker(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        first, second = prover_of(running), prover_of(running)
        await first.run_full()
        await second.run_full()
        assert (first.last_success, second.last_success) == (START, None)
        clock.advance(DAY_MS - 1)
        await second.run_full()
        assert second.last_success is None
        clock.advance(1)
        await second.run_full()
        assert second.last_success == START + DAY_MS


async def test_who_was_away_for_long_asks_for_a_full_run(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        prover = prover_of(running)
        await prover.run_full()
        await prover.run_recent()
        clock.advance(2 * HOUR_MS)
        await prover.run_full()
        assert prover.last_success == START
        await prover.run_recent()
        clock.advance(1)
        await prover.run_full()
        assert prover.last_success == START + 2 * HOUR_MS + 1


async def test_a_full_run_forgets_what_is_right_again(database_url: str) -> None:
    async with plain_books(database_url):
        pass
    await tamper(database_url, "UPDATE ledger_account SET posted_credits = posted_credits + 1 WHERE id = 'acc_shop'")
    clock = VirtualClock(START)
    async with running_committer(database_url, clock) as running:
        prover = prover_of(running)
        await prover.run_recent()
        assert names_of(prover) >= {"balances sum to zero per currency"}
    await tamper(database_url, "UPDATE ledger_account SET posted_credits = posted_credits - 1 WHERE id = 'acc_shop'")
    async with running_committer(database_url, clock) as running:
        again = prover_of(running)
        await again.run_recent()
        assert again.found["V1"] == 1, "what another worker found is shown"
        await again.run_full()
        assert again.findings == {}
        assert set(again.found.values()) <= {0}
        clock.advance(MINUTE_MS)
        await again.run_recent()
        assert set(again.found.values()) == {0}


async def test_the_full_run_compares_what_was_published(database_url: str, tmp_path: Path) -> None:
    anchor_file = tmp_path / "anchors"
    async with plain_books(database_url) as (running, _):
        await sealer_of(running, anchor_file).run()
        prover = prover_of(running, anchor_file)
        await prover.run_full()
        assert prover.findings == {}
    await tamper(database_url, "DELETE FROM chain_block", "DELETE FROM chain_head", "DELETE FROM chain_account")
    async with running_committer(database_url, VirtualClock(START)) as running:
        prover = prover_of(running, anchor_file)
        running.clock.advance(DAY_MS)  # type: ignore[attr-defined]  # it is the virtual one
        await prover.run_full()
        assert ("the hash chain of entries is whole", "chain_block entries/1") in prover.findings


async def test_the_patrol_goes_round_all_blocks(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        await sealer_of(running).run()
        prover = prover_of(running)
        await prover.run_recent()
        position = "SELECT position FROM verifier_cursor WHERE id = 'entries'"
        assert await value_of(database_url, position) == 1
        clock.advance(MINUTE_MS)
        await prover.run_recent()
        assert await value_of(database_url, position) == 0, "behind the last block it begins again"


async def test_metrics_show_each_rule(database_url: str) -> None:
    async with plain_books(database_url) as (running, clock):
        sealer, prover = sealer_of(running), prover_of(running)
        shown = ProofMetrics(prover, sealer, clock)
        assert list(shown.collect()) == [], "nothing is claimed before it was looked at"
        await sealer.run()
        await prover.run_recent()
        clock.advance(2_000)
        values = {(s.name, *s.labels.values()): s.value for metric in shown.collect() for s in metric.samples}
        assert {values[name,] for name, _ in GAUGES.values()} == {0}
        assert values["pay_verifier_last_success_timestamp",] == START / 1000
        assert values["pay_chain_head_number", "entries"] == 1
        assert values["pay_chain_head_age_seconds", "audit"] == 2
        assert values["pay_chain_behind_seconds",] == 2
    await tamper(database_url, "UPDATE ledger_account SET posted_credits = posted_credits + 1 WHERE id = 'acc_shop'")
    async with running_committer(database_url, clock) as running:
        clock.advance(MINUTE_MS)
        await pay(running, 4)
        prover = prover_of(running)
        await prover.run_recent()
        shown = ProofMetrics(prover, sealer, clock)
        values = {(s.name, *s.labels.values()): s.value for metric in shown.collect() for s in metric.samples}
        assert values["pay_ledger_sum",] == 1
