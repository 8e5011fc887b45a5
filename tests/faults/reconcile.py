"""Compares two witnesses: what clients wrote down, and what the database holds. Pure; each finding has a name.

**lost**: acknowledged, but not there, or there with other content. **duplicated**: more than one object for one number,
more than one set of legs for one effect, more than one event for one change. **phantom**: declined, refused or never
asked for, and yet stored or posted. **event missing**: a change without its event, or an event that was not delivered.
**unresolved**: no definite answer. **surprising**: a definite answer that is not the one the state called for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeVar

import msgspec

from tests.faults.journal import Operation, Told
from tests.faults.stored import EventRow, PaymentRow, RefundRow, Stored

R = TypeVar("R", PaymentRow, RefundRow)
Sort = Literal["lost", "duplicated", "phantom", "event missing", "unresolved", "surprising"]
SORTS: Final[tuple[Sort, ...]] = ("lost", "duplicated", "phantom", "event missing", "unresolved", "surprising")


class Finding(msgspec.Struct, frozen=True):
    """Something that must not be."""

    sort: Sort
    subject: str
    detail: str


class Delivered(msgspec.Struct, frozen=True):
    """What arrived: ``ids`` of events. ``types`` of ``merchants`` were subscribed to."""

    ids: set[str]
    types: tuple[str, ...]
    merchants: list[str]


class _Life(msgspec.Struct):
    """What one payment must look like, going by its acknowledged operations, in their order."""

    number: str
    told: Told
    ordered_minor: int
    parts: list[int]
    revisions: dict[int, str]
    refunded_minor: int = 0
    refunds: int = 0


def reconcile(operations: Sequence[Operation], stored: Stored, delivered: Delivered) -> list[Finding]:
    """Return everything that does not fit."""
    lives, found = _lives(operations)
    found += _told_findings(operations)
    found += _payment_findings(operations, lives, stored)
    found += _refund_findings(operations, stored)
    found += _leg_findings(operations, lives, stored)
    found += _event_findings(operations, lives, stored)
    found += _delivery_findings(stored, delivered)
    return found


def _lives(operations: Sequence[Operation]) -> tuple[dict[str, _Life], list[Finding]]:
    lives: dict[str, _Life] = {}
    found: list[Finding] = []
    for each in operations:
        intent, outcome = each.intent, each.outcome
        if outcome is None or not each.is_acknowledged:
            continue
        told = outcome.told
        if intent.kind in {"pay", "authorize"}:
            if told.object_id in lives:
                found.append(Finding("duplicated", told.object_id, f"one payment for two numbers, {intent.number}"))
            parts = [told.captured_minor] if told.captured_minor else []
            revisions = {told.revision: told.state}
            lives[told.object_id] = _Life(intent.number or "", told, intent.amount_minor, parts, revisions)
            continue
        life = lives.get(intent.subject or "")
        if life is None:
            found.append(Finding("phantom", intent.key, f"{intent.kind} of a payment that nobody made"))
        elif intent.kind == "refund":
            life.refunded_minor += intent.amount_minor
            life.refunds += 1
        else:
            if told.captured_minor != life.told.captured_minor:
                life.parts.append(told.captured_minor - life.told.captured_minor)
            life.told = told
            life.revisions[told.revision] = told.state
    return lives, found


def _told_findings(operations: Sequence[Operation]) -> Iterator[Finding]:
    """What clients were told must be what the state called for, and a repeat must be told the same."""
    for each in operations:
        intent, outcome = each.intent, each.outcome
        if outcome is None:
            yield Finding("unresolved", intent.key, intent.kind)
            continue
        told = outcome.told
        came = told.state or told.code
        if came != intent.expected and not (intent.expected == "ended" and came in {"canceled", "succeeded"}):
            yield Finding("surprising", intent.key, f"{intent.kind}: {came} instead of {intent.expected}")
        creates = intent.kind in {"pay", "authorize", "refund"}
        if each.is_acknowledged and creates and told.amount_minor != intent.amount_minor:
            yield Finding("surprising", intent.key, f"asked {intent.amount_minor}, told {told.amount_minor}")
        for replay in each.replays:
            if replay.told != told:
                yield Finding("lost", intent.key, f"a repeat was told {replay.told}, at first {told}")
            elif not replay.marked:
                yield Finding("surprising", intent.key, "a repeat was not marked as one")


def _payment_findings(operations: Sequence[Operation], lives: dict[str, _Life], stored: Stored) -> Iterator[Finding]:
    rows = _by_number(stored.payments)
    for each in operations:
        intent = each.intent
        if intent.kind not in {"pay", "authorize"} or each.outcome is None:
            continue
        found = rows.pop((intent.merchant_id, intent.number or ""), [])
        if each.is_refused:
            yield from (Finding("phantom", row.id, "refused, and stored") for row in found)
            continue
        yield from _one_of(found, each.outcome.told.object_id, intent.key)
        for row in found[:1]:
            life = lives[each.outcome.told.object_id]
            wanted = (life.told.state, life.ordered_minor, life.told.captured_minor, life.told.fee_minor)
            there = (row.status, row.amount_minor, row.captured_minor, row.fee_minor)
            if wanted != there or life.refunded_minor != row.refunded_minor:
                told = f"told {wanted} and {life.refunded_minor} refunded"
                yield Finding("lost", row.id, f"{told}, stored {there} and {row.refunded_minor} refunded")
            # A refund raises the revision too.
            if life.told.revision + life.refunds != row.revision:
                yield Finding("lost", row.id, f"told revision {life.told.revision}, stored {row.revision}")
    yield from (Finding("phantom", row.id, "nobody asked for it") for found in rows.values() for row in found)


def _refund_findings(operations: Sequence[Operation], stored: Stored) -> Iterator[Finding]:
    rows = _by_number(stored.refunds)
    for each in operations:
        intent = each.intent
        if intent.kind != "refund" or each.outcome is None:
            continue
        found = rows.pop((intent.merchant_id, intent.number or ""), [])
        if each.is_refused:
            yield from (Finding("phantom", row.id, "refused, and stored") for row in found)
            continue
        yield from _one_of(found, each.outcome.told.object_id, intent.key)
        for row in found[:1]:
            wanted = (each.outcome.told.state, intent.amount_minor, intent.subject)
            there = (row.status, row.amount_minor, row.payment_id)
            if wanted != there:
                yield Finding("lost", row.id, f"told {wanted}, stored {there}")
    yield from (Finding("phantom", row.id, "nobody asked for it") for found in rows.values() for row in found)


def _by_number(rows: Iterable[R]) -> dict[tuple[str, str], list[R]]:
    found: dict[tuple[str, str], list[R]] = defaultdict(list)
    for row in rows:
        found[row.merchant_id, row.number].append(row)
    return found


def _one_of(found: Sequence[PaymentRow | RefundRow], object_id: str, key: str) -> Iterator[Finding]:
    if not any(row.id == object_id for row in found):
        yield Finding("lost", key, f"{object_id} is not there")
    yield from (Finding("duplicated", row.id, f"the number of {object_id}") for row in found if row.id != object_id)


def _leg_findings(operations: Sequence[Operation], lives: dict[str, _Life], stored: Stored) -> Iterator[Finding]:
    """One group of legs for each effect, of its amount; none for what had no effect."""
    posted: dict[str, dict[str, int]] = defaultdict(dict)
    for leg in stored.legs:
        if leg.type in {"payment", "refund"}:
            groups = posted[leg.subject]
            groups[leg.group_id] = groups.get(leg.group_id, 0) + leg.amount_minor
            if leg.count > 1:
                yield Finding("duplicated", leg.subject, f"{leg.count} legs of type {leg.type} in one group")
    wanted = {payment_id: list(life.parts) for payment_id, life in lives.items()}
    for each in operations:
        if each.intent.kind == "refund" and each.outcome is not None and each.is_acknowledged:
            wanted[each.outcome.told.object_id] = [each.intent.amount_minor]
    for subject, parts in wanted.items():
        groups = posted.pop(subject, {})
        missing = Counter(parts) - Counter(groups.values())
        too_many = Counter(groups.values()) - Counter(parts)
        if missing:
            yield Finding("lost", subject, f"no legs of {sorted(missing.elements())}")
        if too_many:
            sort: Sort = "duplicated" if parts else "phantom"
            yield Finding(sort, subject, f"legs of {sorted(too_many.elements())} besides those of {parts}")
    yield from (Finding("phantom", subject, "legs of nothing that was acknowledged") for subject in posted)


def _event_findings(operations: Sequence[Operation], lives: dict[str, _Life], stored: Stored) -> Iterator[Finding]:
    """One event for each change that was acknowledged."""
    told: dict[tuple[str, int], list[EventRow]] = defaultdict(list)
    for event in stored.events:
        told[event.subject, event.revision].append(event)
    changes = [
        (payment_id, revision, state)
        for payment_id, life in lives.items()
        for revision, state in life.revisions.items()
    ]
    refunds = [
        each.outcome.told
        for each in operations
        if each.outcome and each.is_acknowledged and each.intent.kind == "refund"
    ]
    changes += [(refund.object_id, refund.revision, refund.state) for refund in refunds]
    for subject, revision, state in changes:
        events = told.pop((subject, revision), [])
        fitting = [event for event in events if event.type.endswith((f".{state}", ".partially_captured"))]
        if not fitting:
            yield Finding("event missing", subject, f"revision {revision}, {state}")
        if len(events) > 1:
            yield Finding("duplicated", subject, f"events {[event.type for event in events]} of one change")
    yield from (
        Finding("phantom", event.id, f"{event.type} of nothing") for events in told.values() for event in events
    )


def _delivery_findings(stored: Stored, delivered: Delivered) -> Iterator[Finding]:
    types, merchants = set(delivered.types), set(delivered.merchants)
    for event in stored.events:
        if event.type in types and event.merchant_id in merchants and event.id not in delivered.ids:
            yield Finding("event missing", event.subject, f"{event.type} was not delivered")
    unknown = delivered.ids - {event.id for event in stored.events}
    yield from (Finding("phantom", event_id, "delivered, and not stored") for event_id in sorted(unknown))
