"""Faults put into the platform on purpose, one at a time: each must be found, or the finders are worth nothing."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from tongbao_platform.delivery.dispatcher import Dispatcher
from tongbao_platform.delivery.sender import SendResult
from tongbao_platform.domain.payments import capture, void
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.webhook_deliveries import fan_out
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.overlay import Overlay, View
from tongbao_platform.execution.records import ANSWERS, CLAIMS
from tongbao_platform.kernel.money import fee_minor
from tongbao_platform.ledger import rules
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.outbox.event import OutboxBatch
from tongbao_platform.outbox.store import BATCHES, EVENTS
from tongbao_platform.storage.postgres_session import PostgresSession
from tongbao_platform.storage.session import Lock
from tongbao_platform.storage.sqlite_session import SqliteSession


class Mutant(NamedTuple):
    """``put`` makes the fault; what it ``breaks`` is a promise of the write path or of the ledger."""

    name: str
    breaks: str
    put: Callable[[pytest.MonkeyPatch], None]


def _see_only_loaded_rows(patch: pytest.MonkeyPatch) -> None:
    add_loaded: Any = Overlay.add_loaded
    loaded: dict[int, dict[tuple[type[Any], str], Any]] = {}

    def remember(self: Overlay, model: type[Any], rows: list[Any]) -> None:
        add_loaded(self, model, rows)
        loaded.setdefault(id(self), {}).update({(model, row.id): row for row in rows})

    def stale(view: View, model: type[Any], row_id: str) -> Any:
        overlay = view._overlay
        return loaded.get(id(overlay), {}).get((model, row_id)) or overlay.get(model, row_id)

    patch.setattr(Overlay, "add_loaded", remember)
    patch.setattr(View, "get", stale)
    patch.setattr(View, "account", lambda view, account_id: stale(view, Account, account_id))
    patch.setattr(View, "hold", lambda view, hold_id: stale(view, Hold, hold_id))


def _commit_claims_first(patch: pytest.MonkeyPatch) -> None:
    insert_new: Any = SqliteSession.insert_new
    insert: Any = SqliteSession.insert

    async def claimed(self: SqliteSession, rowset: Any, rows: Any) -> Any:
        keys = await insert_new(self, rowset, rows)
        _commit_so_far(self)
        return keys

    async def inserted(self: SqliteSession, rowset: Any, rows: Any) -> None:
        await insert(self, rowset, rows)
        if rowset is CLAIMS:
            _commit_so_far(self)

    patch.setattr(SqliteSession, "insert_new", claimed)
    patch.setattr(SqliteSession, "insert", inserted)


def _commit_so_far(session: SqliteSession) -> None:
    session._connection.execute("COMMIT")
    session._connection.execute("BEGIN IMMEDIATE")


def _store_no_answers(patch: pytest.MonkeyPatch) -> None:
    insert: Any = SqliteSession.insert

    async def inserted(self: SqliteSession, rowset: Any, rows: Any) -> None:
        if rowset is not ANSWERS:
            await insert(self, rowset, rows)

    patch.setattr(SqliteSession, "insert", inserted)


def _keep_every_claim(patch: pytest.MonkeyPatch) -> None:
    delete: Any = SqliteSession.delete

    async def deleted(self: SqliteSession, rowset: Any, keys: Any) -> None:
        if rowset is not CLAIMS:
            await delete(self, rowset, keys)

    patch.setattr(SqliteSession, "delete", deleted)


def _marker_says(*, absent: bool) -> Callable[[pytest.MonkeyPatch], None]:
    """Let the question after a commit in doubt always have the same answer."""

    def put(patch: pytest.MonkeyPatch) -> None:
        insert_new: Any = SqliteSession.insert_new

        async def inserted(self: SqliteSession, rowset: Any, rows: Any) -> Any:
            fresh = await insert_new(self, rowset, rows)
            if rowset is CLAIMS and len(rows) == 1 and rows[0].kind == "change":
                return {rowset.key_of(rows[0])} if absent else set()
            return fresh

        patch.setattr(SqliteSession, "insert_new", inserted)

    return put


def _spend_what_is_held(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Account, "available_minor", property(lambda account: account.balance_minor))
    patch.setattr(
        Account, "can_spend", lambda account, amount: account.balance_minor >= amount or account.floor_minor is None
    )


def _spend_what_is_expected(patch: pytest.MonkeyPatch) -> None:
    def can_spend(account: Account, amount_minor: int) -> bool:
        if account.floor_minor is None:
            return True
        return account.balance_minor - account.held_debits + account.held_credits - amount_minor >= account.floor_minor

    patch.setattr(Account, "can_spend", can_spend)


def _resolve_holds_twice(patch: pytest.MonkeyPatch) -> None:
    for verb in (capture, void):
        patch.setattr(verb, "refuse_unless_held", lambda *_: None)
    patch.setattr(rules, "advance", lambda _, target: target)


def _refund_without_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Payment, "refundable_minor", property(lambda payment: payment.amount_captured_minor))


def _round_each_fee(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(create_refund, "fee_returned_minor", lambda _, refund, rate: fee_minor(refund, rate))


def _forget_an_event(patch: pytest.MonkeyPatch) -> None:
    insert: Any = SqliteSession.insert

    async def inserted(self: SqliteSession, rowset: Any, rows: Any) -> None:
        kept = rows[:-1] if rowset is EVENTS and len(rows) > 2 else rows
        await insert(self, rowset, kept)

    patch.setattr(SqliteSession, "insert", inserted)


def _empty_the_outbox_first(patch: pytest.MonkeyPatch) -> None:
    run: Any = Committer.run

    async def emptied_before(self: Committer, operation: Any, command: Any, context: Any) -> Any:
        if operation is fan_out:
            keys = {(event.batch_id,) for event in command.events}
            await self.perform(lambda session: session.delete(BATCHES, sorted(keys)))
        return await run(self, operation, command, context)

    decide: Any = fan_out.decide

    class AllThere:
        """Rows in which every outbox batch still holds every event."""

        def __init__(self, rows: Any, command: Any) -> None:
            self._rows = rows
            self._events = command.events

        def get(self, model: type[Any], row_id: str) -> Any:
            if model is not OutboxBatch:
                return self._rows.get(model, row_id)
            mine = [event for event in self._events if event.batch_id == row_id]
            return OutboxBatch(
                id=row_id,
                occurred_at=0,  # type: ignore[arg-type]  # nobody looks at it
                event_ids=tuple(event.id for event in mine if event.made is None),
                announced=tuple(event.made for event in mine if event.made is not None),
            )

    def decided(rows: Any, command: Any, now: Any) -> Any:
        changes = decide(AllThere(rows, command), command, now)
        kept = tuple(row for row in changes.update if type(row) is not OutboxBatch)
        return msgspec.structs.replace(changes, delete=(), update=kept)

    patch.setattr(Committer, "run", emptied_before)
    patch.setattr(fan_out, "decide", decided)


def _record_before_sending(patch: pytest.MonkeyPatch) -> None:
    attempt: Any = Dispatcher._attempt

    async def recorded_first(self: Dispatcher, delivery: Any, endpoint: Any) -> Any:
        parts = self._parts
        asked: list[Any] = []

        class Hopeful:
            async def send(self, *args: Any) -> SendResult:
                asked.extend(args)
                return SendResult(status=200, duration_ms=1)

        self._parts = msgspec.structs.replace(parts, sender=Hopeful())
        try:
            recording = await attempt(self, delivery, endpoint)
        finally:
            self._parts = parts
        await self._record(recording)
        await parts.sender.send(*asked)
        return msgspec.structs.replace(recording, attempt_id=parts.ids.new("att"))

    patch.setattr(Dispatcher, "_attempt", recorded_first)


def _do_not_count(patch: pytest.MonkeyPatch) -> None:
    give: Any = rules.give

    def uncounted(account: Account, *args: Any) -> Any:
        moved, entry = give(account, *args)
        return msgspec.structs.replace(moved, seq=account.seq), entry

    patch.setattr(rules, "give", uncounted)


def _lock_nothing(patch: pytest.MonkeyPatch) -> None:
    load: Any = PostgresSession.load

    async def unlocked(self: PostgresSession, rowset: Any, keys: Any, lock: Lock) -> Any:
        del lock
        return await load(self, rowset, keys, Lock.NONE)

    patch.setattr(PostgresSession, "load", unlocked)


FOUND_BY_SIMULATION: Final = (
    Mutant("overlay skipped", "operations of a batch see those before them", _see_only_loaded_rows),
    Mutant("claims first", "claims are committed with their effect", _commit_claims_first),
    Mutant("answer forgotten", "a key has its answer", _store_no_answers),
    Mutant("claim kept", "a refused operation leaves its number free", _keep_every_claim),
    Mutant("doubt is failure", "a commit in doubt is not run again", _marker_says(absent=True)),
    Mutant("doubt is success", "a commit in doubt is not taken for done", _marker_says(absent=False)),
    Mutant("hold ignored", "what is held cannot be spent", _spend_what_is_held),
    Mutant("hold resolved twice", "a hold ends once", _resolve_holds_twice),
    Mutant("refund unbounded", "no more is refunded than was paid", _refund_without_end),
    Mutant("event forgotten", "every change tells its event", _forget_an_event),
    Mutant("outbox emptied first", "an event leaves the outbox with its deliveries", _empty_the_outbox_first),
    Mutant("recorded before sent", "a delivery is done when it has arrived", _record_before_sending),
    Mutant("entry uncounted", "an account's entries are numbered", _do_not_count),
)
FOUND_BY_MODEL: Final = (
    Mutant("fee rounded by parts", "refunds in parts return the fee that was taken", _round_each_fee),
    Mutant("expected money spent", "what is held for an account gives it no power to spend", _spend_what_is_expected),
    Mutant("hold ignored", "what is held cannot be spent", _spend_what_is_held),
)
FOUND_BY_TWO_COMMITTERS: Final = (Mutant("no locks", "two processes wait for each other's rows", _lock_nothing),)
