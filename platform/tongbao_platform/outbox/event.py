"""The event as a value."""

import msgspec

from tongbao_platform.kernel.clock import Instant


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as an operation tells it; the committer gives it id and time.

    ``snapshot`` is the subject as it stands after the change, as JSON of its domain model: API versions render it
    later, for each merchant that may see it. ``merchant_ids`` are those merchants (one or two), payee first.
    ``latest_only`` events say no more than "look again": of several on one subject that are committed together, the
    last one is announced, and becomes an event when the relay comes to it. They have one merchant and no snapshot.
    """

    type: str
    subject_type: str
    subject_id: str
    revision: int
    merchant_ids: tuple[str, ...]
    snapshot: bytes
    latest_only: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A committed event."""

    id: str
    type: str
    livemode: bool
    occurred_at: Instant
    subject_type: str
    subject_id: str
    revision: int
    merchant_id: str
    other_merchant_id: str | None
    traceparent: str | None
    snapshot: bytes


class Announced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event that says no more than "look again": the relay makes it, in the transaction that fans it out."""

    type: str
    subject_type: str
    subject_id: str
    revision: int
    merchant_id: str


class OutboxBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit left for the relay: its events by id, in order, and what it announced.

    One row for a whole commit, not one for each event. The relay takes out what it has fanned out, and deletes the row
    with the last of it.
    """

    id: str
    occurred_at: Instant
    event_ids: tuple[str, ...]
    announced: tuple[Announced, ...]
