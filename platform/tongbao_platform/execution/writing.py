"""Writes a decided batch with one statement per table and kind of change."""

from typing import TypeVar

from tongbao_platform.execution.judge import Records
from tongbao_platform.execution.overlay import Overlay
from tongbao_platform.execution.records import ANSWERS, AUDIT, CACHE_VERSIONS, EVIDENCE, THE_VERSION, CacheVersion
from tongbao_platform.ledger.store import ACCOUNTS, ENTRIES, HOLDS, TRANSFERS
from tongbao_platform.outbox.store import EVENTS, PENDING
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Lock, WriteSession

T = TypeVar("T")


async def write_all(session: WriteSession, overlay: Overlay, records: Records) -> bool:
    """Write everything; return whether a cached row changed, which tells every process to forget."""
    changed_cached_rows = await _write_rows(session, overlay)
    await _write_book(session, overlay)
    await _append(session, EVENTS, records.events)
    await _append(session, PENDING, records.pending)
    await _append(session, ANSWERS, records.answers)
    await _append(session, EVIDENCE, records.evidence)
    await _append(session, AUDIT, records.audit)
    if changed_cached_rows:
        await _raise_version(session)
    return changed_cached_rows


async def _append(session: WriteSession, rowset: RowSet[T], rows: list[T]) -> None:
    if rows:
        await session.insert(rowset, rows)


async def _write_rows(session: WriteSession, overlay: Overlay) -> bool:
    registry = overlay.registry
    changed_cached_rows = False
    for model in registry.in_lock_order(overlay.inserted):
        if rows := list(overlay.inserted[model].values()):
            await session.insert(registry.of(model), rows)
    for model in registry.in_lock_order(overlay.updated):
        if rows := list(overlay.updated[model].values()):
            await session.update(registry.of(model), rows)
            changed_cached_rows |= registry.of(model).cached
    for model in registry.in_lock_order(overlay.deleted):
        if keys := [(row_id,) for row_id in overlay.deleted[model]]:
            await session.delete(registry.of(model), keys)
            changed_cached_rows |= registry.of(model).cached
    return changed_cached_rows


async def _write_book(session: WriteSession, overlay: Overlay) -> None:
    book = overlay.book
    if overlay.new_accounts:
        await session.insert(ACCOUNTS, [book.accounts[i] for i in sorted(overlay.new_accounts)])
    if changed := book.changed_accounts - overlay.new_accounts:
        await session.update(ACCOUNTS, [book.accounts[i] for i in changed])
    if book.transfers:
        await session.insert(TRANSFERS, book.transfers)
        await session.insert(ENTRIES, book.entries)
    if book.new_holds:
        await session.insert(HOLDS, [book.holds[i] for i in sorted(book.new_holds)])
    if book.changed_holds:
        await session.update(HOLDS, [book.holds[i] for i in sorted(book.changed_holds)])


async def _raise_version(session: WriteSession) -> None:
    """Raise the version; the row's lock makes two changers follow each other."""
    loaded: list[CacheVersion] = await session.load(CACHE_VERSIONS, [(THE_VERSION,)], Lock.WAIT)
    if not loaded:
        # The first change ever; of two processes that make it at once the later waits for the other's row here.
        await session.insert_new(CACHE_VERSIONS, [CacheVersion(THE_VERSION, 0)])
        loaded = await session.load(CACHE_VERSIONS, [(THE_VERSION,)], Lock.WAIT)
    await session.update(CACHE_VERSIONS, [CacheVersion(THE_VERSION, loaded[0].version + 1)])
