"""Writes a decided batch with one statement per table and kind of change.

What is only ever appended (new rows, transfers, entries, events, answers) is written in portions, while the later
operations of the batch are still being decided: the database works on one portion while this process makes the next.
What several operations may change (balances, holds, updated rows) is written once, at the end.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any

from tongbao_platform.execution.judge import Records
from tongbao_platform.execution.overlay import Overlay
from tongbao_platform.execution.records import ANSWERS, AUDIT, CACHE_VERSIONS, EVIDENCE, THE_VERSION, CacheVersion
from tongbao_platform.ledger.store import ACCOUNTS, ENTRIES, HOLDS, TRANSFERS
from tongbao_platform.outbox.event import OutboxBatch
from tongbao_platform.outbox.store import BATCHES, EVENTS
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Lock, WriteSession


class Writing:
    """Writes one batch. Between ``begin_portion`` and ``finish`` nobody else may use the session."""

    def __init__(self, session: WriteSession, overlay: Overlay, records: Records) -> None:
        self._session = session
        self._overlay = overlay
        self._records = records
        self._waiting: deque[tuple[RowSet[Any], Sequence[Any]]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Tell whether a portion is being written."""
        return self._task is not None and not self._task.done()

    def begin_portion(self) -> None:
        """Begin to write what was appended since the last time, and return at once.

        A failure shows in ``finish``.
        """
        self._collect()
        if self._waiting and not self.busy and not self._failed():
            self._task = asyncio.create_task(self._drain(), name="write a portion")

    async def finish(self, outbox_batch: OutboxBatch | None) -> bool:
        """Write the rest; return whether a cached row changed, which tells every process to forget."""
        if self._task is not None:
            await self._task
        self._collect()
        await self._drain()
        if outbox_batch is not None:
            await self._session.insert(BATCHES, [outbox_batch])
        changed_cached_rows = await self._change_rows()
        await self._change_book()
        if changed_cached_rows:
            await self._raise_version()
        return changed_cached_rows

    async def abandon(self) -> None:
        """Write no more, and wait until the session is idle again."""
        self._waiting.clear()
        if self._task is not None:
            # Whatever it was, the whole transaction is given up for another reason already.
            with contextlib.suppress(Exception):
                await self._task

    def _failed(self) -> bool:
        return self._task is not None and self._task.done() and self._task.exception() is not None

    def _collect(self) -> None:
        overlay, records = self._overlay, self._records
        fresh = overlay.take_unwritten()
        for model in overlay.registry.in_lock_order(fresh):
            self._append(overlay.registry.of(model), list(fresh[model].values()))
        transfers, entries = overlay.book.take_appended()
        self._append(TRANSFERS, transfers)
        self._append(ENTRIES, entries)
        self._append(EVENTS, records.take_events())
        self._append(ANSWERS, records.answers)
        self._append(EVIDENCE, records.evidence)
        self._append(AUDIT, records.audit)
        records.answers, records.evidence, records.audit = [], [], []

    def _append(self, rowset: RowSet[Any], rows: Sequence[Any]) -> None:
        if rows:
            self._waiting.append((rowset, rows))

    async def _drain(self) -> None:
        while self._waiting:
            rowset, rows = self._waiting.popleft()
            await self._session.insert(rowset, rows)

    async def _change_rows(self) -> bool:
        overlay, registry = self._overlay, self._overlay.registry
        changed_cached_rows = False
        for model in registry.in_lock_order(overlay.updated):
            if rows := list(overlay.updated[model].values()):
                await self._session.update(registry.of(model), rows)
                changed_cached_rows |= registry.of(model).cached
        for model in registry.in_lock_order(overlay.deleted):
            if keys := [(row_id,) for row_id in overlay.deleted[model]]:
                await self._session.delete(registry.of(model), keys)
                changed_cached_rows |= registry.of(model).cached
        return changed_cached_rows

    async def _change_book(self) -> None:
        book, session = self._overlay.book, self._session
        if new := self._overlay.new_accounts:
            await session.insert(ACCOUNTS, [book.accounts[i] for i in sorted(new)])
        if changed := book.changed_accounts - new:
            await session.update(ACCOUNTS, [book.accounts[i] for i in changed])
        if book.new_holds:
            await session.insert(HOLDS, [book.holds[i] for i in sorted(book.new_holds)])
        if book.changed_holds:
            await session.update(HOLDS, [book.holds[i] for i in sorted(book.changed_holds)])

    async def _raise_version(self) -> None:
        """Raise the version; the row's lock makes two changers follow each other."""
        session = self._session
        loaded: list[CacheVersion] = await session.load(CACHE_VERSIONS, [(THE_VERSION,)], Lock.WAIT)
        if not loaded:
            # The first change ever; of two processes that make it at once the later waits for the other's row here.
            await session.insert_new(CACHE_VERSIONS, [CacheVersion(THE_VERSION, 0)])
            loaded = await session.load(CACHE_VERSIONS, [(THE_VERSION,)], Lock.WAIT)
        await session.update(CACHE_VERSIONS, [CacheVersion(THE_VERSION, loaded[0].version + 1)])
