"""The sealer seals everything once, in whatever number it runs, and never in the way of payments."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.factories.committers import Running, running_committer
from tests.factories.rows import START
from tests.integration.verification.books import PAYEE, PAYER, fill, pay, report_of, sealer_of, tamper, value_of
from tongbao_platform.domain.chain import find_unsealed, seal
from tongbao_platform.domain.chain.find_unsealed import block_of_entries, into_blocks, unsealed_entries
from tongbao_platform.domain.chain.list_heads import list_heads
from tongbao_platform.domain.chain.model import Range
from tongbao_platform.domain.chain.seal import SealBlock
from tongbao_platform.execution.operation import Context
from tongbao_platform.kernel.clock import VirtualClock
from tongbao_platform.processes.anchor_file import read_anchors


async def ranges_of(running: Running) -> list[Range]:
    return [each for block in into_blocks(await unsealed_entries(running.reader, None)) for each in block]


async def next_block(running: Running) -> SealBlock:
    head_number = next((head.number for head in await list_heads(running.reader) if head.id == "entries"), 0)
    block, broken = await block_of_entries(running.reader, await ranges_of(running), head_number)
    assert block is not None
    assert broken == ()
    return block


async def test_what_is_sealed_is_not_sealed_again(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
        sealer = sealer_of(running)
        assert await sealer.run() == 8 + 3, "eight entries, three audit entries"
        assert await sealer.run() == 0
        await pay(running, 4)
        assert await ranges_of(running) == [Range(PAYER, 4, 5), Range(PAYEE, 3, 4)]
        assert await sealer.run() == 2
        assert await ranges_of(running) == []
        assert {head.id: head.number for head in sealer.heads} == {"audit": 1, "entries": 2}


async def test_of_two_sealers_one_is_first(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
        command = await next_block(running)
        context = Context(actor="test")
        runs = [running.committer.run(seal, command, context) for _ in range(3)]
        outcomes = await asyncio.gather(*runs)
        assert [outcome.result is not None for outcome in outcomes] == [True, False, False]
        assert (await report_of(running)).is_clean


async def test_two_processes_make_one_chain(postgresql_url: str) -> None:
    """Both read the same rows and send their block at once; one waits for the other's head, and does nothing."""
    async with running_committer(postgresql_url) as one, running_committer(postgresql_url) as other:
        await fill(one)
        await sealer_of(one).run()
        for amount in (4, 5, 6):
            await pay(one, amount)
            command = await next_block(one)
            context = Context(actor="test")
            both = await asyncio.gather(
                one.committer.run(seal, command, context), other.committer.run(seal, command, context)
            )
            assert sum(outcome.result is not None for outcome in both) == 1
        assert (await report_of(one)).is_clean


async def test_a_hot_account_is_sealed_in_parts(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_unsealed, "MOST_ROWS", 3)
    async with running_committer(database_url) as running:
        await fill(running)
        sealer = sealer_of(running)
        await sealer.run()
        sizes = [
            await value_of(database_url, f"SELECT row_count FROM chain_block WHERE id LIKE 'entries%{number}'")
            for number in (1, 2, 3)
        ]
        assert sizes == [3, 3, 2]
        assert (await report_of(running)).is_clean


async def test_what_a_clock_hid_is_sealed_when_all_accounts_are_compared(database_url: str) -> None:
    clock = VirtualClock(START)
    async with running_committer(database_url, clock) as running:
        await fill(running)
        sealer = sealer_of(running)
        await sealer.run()
        # The ids of these transfers say an hour ago: as if another machine's clock were slow.
        slow = VirtualClock(START)
        clock.advance(3_600_000)
        await sealer.run()
        running.ids._clock = slow  # type: ignore[attr-defined]  # the source's own clock, to turn it back
        await pay(running, 4)
        clock.advance(1_000)
        assert await sealer.run() == 0
        clock.advance(600_000)
        assert await sealer.run() == 2
        assert (await report_of(running)).is_clean


async def test_nothing_is_sealed_over_a_gap(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
    await tamper(database_url, "DELETE FROM ledger_entry WHERE account_id = 'acc_shop' AND seq = 2")
    async with running_committer(database_url) as running:
        sealer = sealer_of(running)
        # The others are sealed all the same, and so is what is booked later.
        assert await sealer.run() > 0
        await pay(running, 9)
        assert await sealer.run() > 0
        assert sealer.complete_at is None
        left = await unsealed_entries(running.reader, None)
        assert [each.account_id for each in left] == ["acc_shop"]
        assert not (await report_of(running)).is_clean


async def test_heads_are_published_once_a_minute(database_url: str, tmp_path: Path) -> None:
    clock = VirtualClock(START)
    anchor_file = tmp_path / "anchors"
    async with running_committer(database_url, clock) as running:
        await fill(running)
        sealer = sealer_of(running, anchor_file)
        await sealer.run()
        await pay(running, 4)
        await sealer.run()
        assert [anchor.number for anchor in read_anchors(anchor_file)] == [1, 1]
        clock.advance(60_000)
        await sealer.run()
        await sealer.run()
        published = read_anchors(anchor_file)
        assert [(anchor.chain, anchor.number) for anchor in published] == [("audit", 1), ("entries", 1), ("entries", 2)]
        assert published[-1].hash == sealer.heads[1].hash.hex()
        assert (await report_of(running, published)).is_clean


async def test_covers_are_readable_json(database_url: str) -> None:
    async with running_committer(database_url) as running:
        await fill(running)
        await sealer_of(running).run()
    covers = await value_of(database_url, "SELECT covers FROM chain_block WHERE chain = 'entries'")
    assert msgspec.json.decode(covers) == [["acc_bank", 0, 1], [PAYER, 0, 4], [PAYEE, 0, 3]]


def test_ranges_are_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_unsealed, "MOST_ROWS", 10)
    monkeypatch.setattr(find_unsealed, "MOST_ACCOUNTS", 3)
    blocks = list(into_blocks([Range("b", 2, 25), Range("a", 0, 1), Range("c", 0, 1), Range("d", 0, 1)]))
    assert blocks == [
        [Range("b", 2, 12)],
        [Range("b", 12, 22)],
        [Range("a", 0, 1), Range("b", 22, 25), Range("c", 0, 1)],
        [Range("d", 0, 1)],
    ]
    assert list(into_blocks([])) == []
