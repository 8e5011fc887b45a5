"""One batch of operations inside one open transaction: claim, load, decide, write.

The caller opens and ends the transaction. A ``Batch`` is used once; a retry makes a new one.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

from tongbao_platform.execution.judge import Judge
from tongbao_platform.execution.operation import Found, Keys, Lookup, Outcome
from tongbao_platform.execution.overlay import Overlay
from tongbao_platform.execution.records import ANSWERS, CLAIMS, ClaimRow
from tongbao_platform.execution.tools import Tools
from tongbao_platform.execution.work import IDEMPOTENCY, Work
from tongbao_platform.execution.writing import Writing
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.ledger.model import Account
from tongbao_platform.ledger.store import ACCOUNTS
from tongbao_platform.storage.faults import is_duplicate
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import Key, Lock, WriteSession

RowName = tuple[type[Any], str]

# Each further round means that a purge ended between two statements.
CLAIM_ROUNDS = 5

# Appended rows are written in portions of this many operations, and the event loop is let in this often meanwhile.
PORTION = 64
BREATH = 8


class ClaimsTaken(Exception):
    """A hopeful batch met a claim that was there already; its transaction is of no use any more."""


class BatchResult(NamedTuple):
    """Outcomes by work, in order; a work in ``deferred`` has none yet and goes into the next batch."""

    outcomes: list[tuple[Work, Outcome | Exception]]
    deferred: list[Work]
    changed_cached_rows: bool


class Batch:
    """Runs works, in arrival order, against one session with an open transaction.

    ``marker`` is the claim that proves, after a commit in doubt, that this transaction happened. ``hopeful`` takes it
    that every claim is free, which halves their cost: ``ClaimsTaken`` tells that one was not.
    """

    def __init__(
        self, session: WriteSession, works: list[Work], tools: Tools, marker: ClaimRow, *, hopeful: bool = False
    ) -> None:
        self._session = session
        self._works = works
        self._tools = tools
        self._hopeful = hopeful
        self._overlay = Overlay(tools.registry)
        self._fresh: set[Key] = set()
        self._marker_key = (marker.kind, marker.scope, marker.value)
        self._claimed: dict[Key, ClaimRow] = {self._marker_key: marker}
        self._asked: set[RowName] = set()
        self._skipped: set[RowName] = set()

    async def run(self, lock: Lock = Lock.WAIT) -> BatchResult:
        """Do all four steps; ``lock`` says what to do about rows that others have locked."""
        taken, answers = await self._claim()
        await self._search()
        await self._load(taken, lock)
        now = await self._now()
        judge = Judge(self._overlay, self._tools, taken=taken, answers=answers, now=now)
        writing = Writing(self._session, self._overlay, judge.records)
        try:
            outcomes, deferred = await self._decide(judge, writing, taken)
            changed = await writing.finish(judge.outbox_batch())
        except BaseException:
            await writing.abandon()
            raise
        await self._settle_claims(judge.kept)
        return BatchResult(outcomes, deferred, changed)

    async def _decide(
        self, judge: Judge, writing: Writing, taken: dict[Key, str | None]
    ) -> tuple[list[tuple[Work, Outcome | Exception]], list[Work]]:
        """Judge all works in order; with a database of its own process, portions are written meanwhile."""
        outcomes: list[tuple[Work, Outcome | Exception]] = []
        deferred: list[Work] = []
        overlaps = self._session.waits_elsewhere and len(self._works) > PORTION
        for number, work in enumerate(self._works, start=1):
            if self._needs_skipped(work, taken) or self._keys_are_stale(work):
                deferred.append(work)
            else:
                outcomes.append((work, judge.judge(work)))
            if overlaps and number % PORTION == 0:
                writing.begin_portion()
            if number % BREATH == 0 and writing.busy:
                # Lets the answer to one statement be heard and the next one be sent.
                await asyncio.sleep(0)
        return outcomes, deferred

    async def _claim(self) -> tuple[dict[Key, str | None], dict[Key, Any]]:
        """Insert every claim at once, sorted; learn who holds the ones that were taken."""
        for work in self._works:
            for row in work.claim_rows():
                self._claimed.setdefault((row.kind, row.scope, row.value), row)
        wanted = set(self._claimed)
        if self._hopeful:
            await self._claim_hopefully(wanted)
            return {}, {}
        holders: list[ClaimRow] = []
        for _ in range(CLAIM_ROUNDS):
            self._fresh |= await self._session.insert_new(CLAIMS, [self._claimed[key] for key in sorted(wanted)])
            wanted -= self._fresh | {self._marker_key}
            # Locked, so that no purge takes a key away between its claim and its answer; what a purge took just before
            # is free, and is claimed again.
            found = await self._session.load(CLAIMS, wanted, Lock.WAIT) if wanted else []
            holders.extend(found)
            wanted -= {(row.kind, row.scope, row.value) for row in found}
            if not wanted:
                break
        else:
            raise PlatformFault("a claim is neither free nor held by anyone")
        taken = {(row.kind, row.scope, row.value): row.ref for row in holders}
        keyed = [(scope, value) for kind, scope, value in taken if kind == IDEMPOTENCY]
        answers = await self._session.load(ANSWERS, keyed, Lock.NONE) if keyed else []
        return taken, {(IDEMPOTENCY, answer.scope, answer.key): answer for answer in answers}

    async def _claim_hopefully(self, wanted: set[Key]) -> None:
        try:
            await self._session.insert(CLAIMS, [self._claimed[key] for key in sorted(wanted)])
        except Exception as error:
            if is_duplicate(error):
                raise ClaimsTaken from error
            raise
        self._fresh = wanted

    async def _search(self) -> None:
        """Answer every look-up, one statement per table and columns, then learn the keys."""
        wanted: dict[tuple[type[Any], tuple[str, ...]], set[Key]] = {}
        for work in self._works:
            for lookup in work.lookups:
                wanted.setdefault((lookup.model, lookup.columns), set()).add(lookup.values)
        rows: dict[Lookup, list[Any]] = {}
        for (model, columns), values in wanted.items():
            for row in await self._session.search(self._tools.registry.of(model), columns, values):
                found = tuple(getattr(row, column) for column in columns)
                rows.setdefault(Lookup(model, columns, found), []).append(row)
        for work in self._works:
            if work.lookups:
                work.found = Found({look: self._visible(work, look, rows.get(look, [])) for look in work.lookups})
            work.keys = work.operation.keys(work.command, work.found)

    def _visible(self, work: Work, lookup: Lookup, rows: list[Any]) -> tuple[Any, ...]:
        rowset = self._tools.registry.of(lookup.model)
        return tuple(row for row in rows if rowset.visible_to(row, work.tenant))

    async def _load(self, taken: dict[Key, str | None], lock: Lock) -> None:
        """Lock and read: ledger accounts by rank and id, then rows by table and id. Workers keep to this order too."""
        for work in self._works:
            self._asked.update(_wanted(work, taken))
        rows: dict[type[Any], set[str]] = {}
        for model, row_id in self._asked:
            rows.setdefault(model, set()).add(row_id)
        accounts = rows.pop(Account, None)
        if accounts:
            await self._load_some(ACCOUNTS, accounts, lock)
        for model in self._tools.registry.in_lock_order(rows):
            await self._load_some(self._tools.registry.of(model), rows[model], lock)

    async def _load_some(self, rowset: RowSet[Any], ids: set[str], lock: Lock) -> None:
        loaded = await self._session.load(rowset, [(row_id,) for row_id in sorted(ids)], lock)
        self._overlay.add_loaded(rowset.model, loaded)
        missing = ids - {row.id for row in loaded}
        if missing and lock is Lock.SKIP_LOCKED:
            # A row that exists but was not given is locked elsewhere: its operations wait, the others go on.
            existing = await self._session.load(rowset, [(row_id,) for row_id in sorted(missing)], Lock.NONE)
            self._skipped.update((rowset.model, row.id) for row in existing)

    def _needs_skipped(self, work: Work, taken: dict[Key, str | None]) -> bool:
        return bool(self._skipped) and not self._skipped.isdisjoint(_wanted(work, taken))

    def _keys_are_stale(self, work: Work) -> bool:
        """Tell whether the look-ups, asked now, would name rows that are not locked: the finder must come again.

        They were answered without locks, and before the earlier operations of this batch.
        """
        if not work.lookups:
            return False
        if any(self._overlay.finds_new(lookup) for lookup in work.lookups):
            return True
        now_found = {lookup: self._found_now(work, lookup) for lookup in work.lookups}
        if all(work.found.all(lookup) == rows for lookup, rows in now_found.items()):
            return False
        names = set(_named(work.operation.keys(work.command, Found(now_found))))
        return not names <= self._asked or not names.isdisjoint(self._skipped)

    def _found_now(self, work: Work, lookup: Lookup) -> tuple[Any, ...]:
        """Return what was found, as the batch sees it now; a row asked for by its id may have appeared meanwhile."""
        rows = work.found.all(lookup)
        ids = lookup.values if lookup.columns == ("id",) else tuple(row.id for row in rows)
        seen = (self._overlay.get(lookup.model, row_id) for row_id in ids if (lookup.model, row_id) in self._asked)
        unlocked = (row for row in rows if (lookup.model, row.id) not in self._asked)
        return (*self._visible(work, lookup, [row for row in seen if row is not None]), *unlocked)

    async def _now(self) -> Instant:
        """Read the time once, after the locks are held, and never earlier than an account's last entry."""
        clock = self._tools.clock
        now = clock.now() if clock is not None else await self._session.now()
        last = max((account.last_entry_at for account in self._overlay.book.accounts.values()), default=now)
        return max(now, last)

    async def _settle_claims(self, kept: dict[Key, str | None]) -> None:
        """Keep the claims that have an effect to show; free the rest before commit."""
        free = [key for key in self._fresh if key not in kept and key != self._marker_key]
        if free:
            await self._session.delete(CLAIMS, free)
        moved = [
            ClaimRow(row.kind, row.scope, row.value, ref, row.expires_at)
            for key, ref in _refs_of(kept, self._fresh)
            if (row := self._claimed[key]).ref != ref
        ]
        if moved:
            await self._session.update(CLAIMS, moved)


def _named(keys: Keys) -> Iterator[RowName]:
    yield from keys.rows
    for account_id in keys.accounts:
        yield Account, account_id


def _wanted(work: Work, taken: dict[Key, str | None]) -> Iterator[RowName]:
    """Name every row that ``decide`` may ask for: those of its keys, and those that hold its natural keys."""
    yield from _named(work.keys)
    for claim in work.natural:
        holder = taken.get((claim.kind, claim.scope, claim.value))
        if claim.model is not None and holder is not None:
            yield claim.model, holder


def _refs_of(kept: dict[Key, str | None], fresh: set[Key]) -> Iterator[tuple[Key, str | None]]:
    return ((key, ref) for key, ref in kept.items() if key in fresh)
