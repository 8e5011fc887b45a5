"""What the committer does when a database fails it: each failure has one answer.

data error: bisect until the bad one stands alone · deadlock, serialization: the batch again · lock time-out: again with
SKIP LOCKED and short waits, then bisect; who stands alone waits for the next batch · connection lost before COMMIT:
once more on a new connection, then 503 · lost after COMMIT was sent: ask the transaction's marker whether it happened.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from tongbao_platform.execution.batch import Batch, BatchResult, ClaimsTaken
from tongbao_platform.execution.operation import Outcome
from tongbao_platform.execution.records import CLAIMS, ClaimRow
from tongbao_platform.execution.tools import Tools
from tongbao_platform.execution.work import Work
from tongbao_platform.kernel.clock import DAY_MS, SystemClock, later
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded, PlatformFault, Refusal
from tongbao_platform.storage.database import Database
from tongbao_platform.storage.faults import Fault, fault_of
from tongbao_platform.storage.session import Lock, NotCommitted, WriteSession

T = TypeVar("T")
_log = logging.getLogger(__name__)

CONFLICT_RETRIES = 5
IN_DOUBT_SECONDS = 10.0
RECONNECT_PAUSE_SECONDS = 0.1
# After a claim that was there already (a retry, a replay), so many batches look before they claim.
CAREFUL_BATCHES = 16

IN_PROGRESS = Refusal(
    code="idempotency_in_progress",
    detail="A request with this Idempotency-Key is still running. Send it again, unchanged, after a second.",
    retryable=True,
    stored=False,
)


# What to run, how to treat locked rows, and how often it has failed already.
_Try = tuple[list[Work], Lock, int]


class _Attempt:
    """One transaction: its marker, whether COMMIT was sent, and the results held in memory."""

    def __init__(self, marker: ClaimRow) -> None:
        self.marker = marker
        self.commit_sent = False
        self.result: BatchResult | None = None


class Recovery:
    """Carries batches to a definite end and tells their waiters."""

    def __init__(
        self,
        database: Database,
        tools: Tools,
        on_commit: Callable[[bool], object],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._tools = tools
        self._on_commit = on_commit
        self._monotonic = monotonic
        self._session: WriteSession | None = None
        self._careful_for = 0

    async def settle(self, works: list[Work]) -> list[Work]:
        """Bring ``works`` to an end; return those that must wait for the next batch."""
        deferred: list[Work] = []
        # Those whose claims were held up before go by themselves, so that nobody waits for them again.
        tries = [
            ([w for w in works if w.held_up], Lock.SKIP_LOCKED, 0),
            ([w for w in works if not w.held_up], Lock.WAIT, 0),
        ]
        pending = [one for one in tries if one[0]]
        while pending:
            batch, lock, failures = pending.pop()
            try:
                result = await self._commit(batch, lock)
            except Exception as error:  # noqa: BLE001 - every failure is answered by its kind
                if fault_of(error) is not Fault.LOCKED:
                    pending.extend(await self._after(error, batch, failures))
                elif lock is Lock.WAIT:
                    pending.append((batch, Lock.SKIP_LOCKED, failures))
                elif len(batch) > 1:
                    pending.extend(_halves(self._still_waiting(batch), lock))
                else:
                    deferred.extend(self._held_up(batch[0]))
                continue
            self._announce(result.changed_cached_rows)
            _tell(result.outcomes)
            for work in result.deferred:
                work.held_up = False
            deferred.extend(self._still_waiting(result.deferred))
        return deferred

    def _announce(self, changed_cached_rows: bool) -> None:  # noqa: FBT001 - what the callback takes
        try:
            self._on_commit(changed_cached_rows)
        except Exception:  # noqa: BLE001 - whatever it is, the commit stands
            # What is committed is committed, and its waiters must hear of it.
            _log.exception("a listener to commits failed")

    async def run_job(self, job: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Run a worker's statement in its own transaction; it is idempotent by design and may simply fail."""

        async def in_transaction() -> T:
            session = await self._open()
            await session.begin()
            try:
                result = await job(session)
                await session.commit()
            except BaseException:
                await session.rollback()
                raise
            return result

        try:
            return await self._database.perform(in_transaction)
        except Exception as error:
            if fault_of(error) is Fault.UNAVAILABLE:
                await self._drop_session()
                raise Overloaded("the database is away") from error
            raise

    async def close(self) -> None:
        """Close the session."""
        await self._drop_session()

    async def _commit(self, works: list[Work], lock: Lock) -> BatchResult:
        attempt = _Attempt(_new_marker())
        try:
            return await self._database.perform(lambda: self._transact(attempt, works, lock))
        except Exception as error:
            if not attempt.commit_sent:
                raise
            _log.warning("commit in doubt: %s", type(error).__name__)
            return await self._resolve(attempt, works)

    async def _transact(self, attempt: _Attempt, works: list[Work], lock: Lock) -> BatchResult:
        session = await self._open()
        await session.begin(lock)
        if session.waits_elsewhere and lock is Lock.WAIT and self._careful_for == 0:
            try:
                return await self._run_in(session, attempt, works, lock, hopeful=True)
            except ClaimsTaken:
                self._careful_for = CAREFUL_BATCHES
                await session.begin(lock)
        self._careful_for = max(0, self._careful_for - 1)
        return await self._run_in(session, attempt, works, lock)

    async def _run_in(
        self, session: WriteSession, attempt: _Attempt, works: list[Work], lock: Lock, *, hopeful: bool = False
    ) -> BatchResult:
        try:
            attempt.result = await Batch(session, works, self._tools, attempt.marker, hopeful=hopeful).run(lock)
            attempt.commit_sent = True
            await session.commit()
        except BaseException as error:
            if isinstance(error, NotCommitted):
                attempt.commit_sent = False
            await session.rollback()
            raise
        return attempt.result

    async def _resolve(self, attempt: _Attempt, works: list[Work]) -> BatchResult:
        """Find out whether a transaction in doubt happened, or make it happen; give up after ``IN_DOUBT_SECONDS``."""
        give_up = self._monotonic() + IN_DOUBT_SECONDS
        while self._monotonic() < give_up:
            await self._drop_session()
            try:
                return await self._database.perform(lambda: self._ask_marker(attempt, works))
            except Exception as error:
                if not attempt.commit_sent:
                    raise
                if fault_of(error) not in {Fault.UNAVAILABLE, Fault.LOCKED, Fault.CONFLICT}:
                    _log.exception("resolving a commit in doubt")
            await asyncio.sleep(RECONNECT_PAUSE_SECONDS)
        raise OutcomeInDoubt("the commit was sent and the database did not come back to tell")

    async def _ask_marker(self, attempt: _Attempt, works: list[Work]) -> BatchResult:
        """Insert the marker alone: it waits for the transaction in doubt, and shows what became of it."""
        session = await self._open()
        await session.begin()
        try:
            absent = await session.insert_new(CLAIMS, [attempt.marker])
        except BaseException:
            await session.rollback()
            raise
        if not absent and attempt.result is not None:
            await session.rollback()
            return attempt.result
        # It had not happened: what fails from here on, until the next COMMIT, is no longer in doubt.
        attempt.commit_sent = False
        return await self._run_in(session, attempt, works, Lock.WAIT)

    async def _after(self, error: Exception, works: list[Work], failures: int) -> list[_Try]:
        """Return what to try next; waiters without hope are told here."""
        fault = fault_of(error)
        if isinstance(error, OutcomeInDoubt):
            tell_all(works, error)
        elif fault is Fault.CONFLICT and failures < CONFLICT_RETRIES:
            return [(works, Lock.WAIT, failures + 1)]
        elif fault is Fault.UNAVAILABLE:
            await self._drop_session()
            if failures == 0:
                return [(works, Lock.WAIT, 1)]
            tell_all(works, Overloaded("the database is away; nothing was done"))
        elif len(works) > 1:
            return _halves(works, Lock.WAIT)
        else:
            _log.error("an operation could not be written", exc_info=error)
            tell_all(works, PlatformFault("the change could not be written"))
        return []

    def _still_waiting(self, works: list[Work]) -> list[Work]:
        """Return those that may wait for rows a while longer; the others are told that their time is over."""
        now = self._monotonic()
        tell_all(
            [work for work in works if work.deadline <= now], Overloaded("rows it needs are locked by somebody else")
        )
        return [work for work in works if work.deadline > now]

    def _held_up(self, work: Work) -> list[Work]:
        """Let one whose claim somebody else is making wait for the next batch, while it has time."""
        work.held_up = True
        render = work.context.render
        if work.context.idempotency is not None and render is not None and work.deadline <= self._monotonic():
            _tell([(work, Outcome(refusal=IN_PROGRESS, answer=render(IN_PROGRESS)))])
            return []
        return self._still_waiting([work])

    async def _open(self) -> WriteSession:
        if self._session is None:
            try:
                self._session = await self._database.open_session()
            except Exception as error:
                # Whatever keeps us out (a refused password, a missing database), no operation is to blame.
                raise ConnectionError("the database cannot be opened") from error
        return self._session

    async def _drop_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                await self._database.perform(session.close)
            except Exception:  # noqa: BLE001 - it is given up either way
                _log.exception("closing a broken connection")


def _new_marker() -> ClaimRow:
    # Only the purge looks at this time: the machine's clock will do.
    return ClaimRow("change", "", secrets.token_urlsafe(16), None, later(SystemClock().now(), DAY_MS))


def _halves(works: list[Work], lock: Lock) -> list[_Try]:
    """Split a batch; the later half goes below on the stack, so that arrival order is kept."""
    middle = len(works) // 2
    return [(half, lock, 0) for half in (works[middle:], works[:middle]) if half]


def _tell(outcomes: list[tuple[Work, Outcome | Exception]]) -> None:
    for work, outcome in outcomes:
        if work.waiter.done():
            continue
        if isinstance(outcome, Exception):
            work.waiter.set_exception(outcome)
        else:
            work.waiter.set_result(outcome)


def tell_all(works: Iterable[Work], fault: Exception) -> None:
    """Tell every waiter that has heard nothing yet about ``fault``."""
    _tell([(work, fault) for work in works])
