"""The sealer's job: seal what is new, then publish the heads.

Any number of sealers may run. Where to look is limited to recent transfers, and now and then every account is compared,
so that what a clock hid is sealed later and never forgotten.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from tongbao_platform.domain.chain import seal
from tongbao_platform.domain.chain.anchors import anchor_of
from tongbao_platform.domain.chain.find_unsealed import (
    ACCOUNTS_PER_LOOK,
    block_of_audit,
    block_of_entries,
    into_blocks,
    unsealed_audit,
    unsealed_entries,
)
from tongbao_platform.domain.chain.list_heads import list_heads
from tongbao_platform.domain.chain.model import ChainHead
from tongbao_platform.domain.chain.seal import SealBlock
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import MINUTE_MS, SECOND_MS, Clock, Instant, format_instant
from tongbao_platform.processes.anchor_file import append_anchors

_log = logging.getLogger(__name__)

MOST_BLOCKS_PER_RUN: Final = 50
# Transfers that were not yet committed at the last look are at most this old, as a rule.
OVERLAP_MS: Final = 10 * SECOND_MS
COMPARE_ALL_EVERY_MS: Final = 10 * MINUTE_MS
PUBLISH_EVERY_MS: Final = MINUTE_MS
_CONTEXT: Final = Context(actor="worker:seal_chain")


class Sealer:
    """Seals and publishes; remembers in memory only where to look and what was published last."""

    def __init__(self, committer: Committer, reader: Reader, clock: Clock, anchor_file: Path | None = None) -> None:
        self._committer = committer
        self._reader = reader
        self._clock = clock
        self._anchor_file = anchor_file
        self._sealed_until: Instant | None = None
        self._compared_all_at: Instant | None = None
        self._broken: set[str] = set()
        self._published: dict[str, int] = {}
        self._published_at: Instant | None = None
        self.heads: tuple[ChainHead, ...] = ()

    @property
    def complete_at(self) -> Instant | None:
        """When everything that was booked was last found sealed."""
        return self._sealed_until

    async def run(self) -> int:
        """Seal at most ``MOST_BLOCKS_PER_RUN`` blocks of each chain; return how many rows that were."""
        numbers = {head.id: head.number for head in await list_heads(self._reader)}
        rows = await self._seal_entries(numbers.get("entries", 0)) + await self._seal_audit(numbers.get("audit", 0))
        self.heads = tuple(await list_heads(self._reader))
        await self._publish()
        return rows

    async def _seal_entries(self, head_number: int) -> int:
        started = self._clock.now()
        every = self._compared_all_at is None or started - self._compared_all_at >= COMPARE_ALL_EVERY_MS
        since = None if every or self._sealed_until is None else Instant(self._sealed_until - OVERLAP_MS)
        found = await unsealed_entries(self._reader, since)
        blocks = list(into_blocks(found))
        rows = 0
        whole = True
        for ranges in blocks[:MOST_BLOCKS_PER_RUN]:
            command, broken = await block_of_entries(self._reader, ranges, head_number)
            whole = whole and not broken
            self._tell_broken(broken)
            if command is None:
                continue
            if not await self._seal(command):
                return rows
            rows += command.row_count
            head_number += 1
        if whole and len(blocks) <= MOST_BLOCKS_PER_RUN and len(found) < ACCOUNTS_PER_LOOK:
            # All that was there when this run began is sealed.
            self._sealed_until = started
            if every:
                self._compared_all_at = started
        return rows

    def _tell_broken(self, accounts: tuple[str, ...]) -> None:
        for account_id in accounts:
            if account_id not in self._broken:
                _log.error("account %s counts more entries than there are: run tongbao-server verify", account_id)
        self._broken.update(accounts)

    async def _seal_audit(self, head_number: int) -> int:
        rows = 0
        for _ in range(MOST_BLOCKS_PER_RUN):
            unsealed = await unsealed_audit(self._reader)
            if not unsealed or not await self._seal(block_of_audit(unsealed, head_number)):
                break
            rows += len(unsealed)
            head_number += 1
        return rows

    async def _seal(self, command: SealBlock) -> bool:
        """Append a block; false when another sealer was first, and the rest of this run knows too little."""
        return (await self._committer.run(seal, command, _CONTEXT)).result is not None

    async def _publish(self) -> None:
        now = self._clock.now()
        fresh = [head for head in self.heads if head.number > self._published.get(head.id, 0)]
        if not fresh or (self._published_at is not None and now - self._published_at < PUBLISH_EVERY_MS):
            return
        for head in fresh:
            _log.info(
                "head of chain %s: number %d, hash %s, sealed %s",
                head.id,
                head.number,
                head.hash.hex(),
                format_instant(head.sealed_at),
            )
        if self._anchor_file is not None:
            await asyncio.to_thread(append_anchors, self._anchor_file, [anchor_of(head) for head in fresh])
        self._published.update({head.id: head.number for head in fresh})
        self._published_at = now
