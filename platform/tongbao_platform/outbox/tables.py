"""Tables of the outbox. ``event`` is append-only; ``outbox_batch`` is the relay's queue, one row for each commit."""

from typing import Final

from sqlalchemy import Column, Index, Table

from tongbao_platform.outbox.event import Announced
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Octets, Time

EVENTS: Final = Table(
    "event",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("type", Code, nullable=False),
    Column("livemode", Flag, nullable=False),
    Column("occurred_at", Time, nullable=False),
    Column("subject_type", Code, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("revision", Count, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("other_merchant_id", Id, nullable=True),
    Column("traceparent", Code, nullable=True),
    Column("snapshot", Octets, nullable=False),
)
Index("ix_event_merchant", EVENTS.c.merchant_id, EVENTS.c.id)
Index(
    "ix_event_other_merchant",
    EVENTS.c.other_merchant_id,
    EVENTS.c.id,
    postgresql_where=EVENTS.c.other_merchant_id.is_not(None),
    sqlite_where=EVENTS.c.other_merchant_id.is_not(None),
)
# The later events of a payment. The first one, often the only one, is found by its time and costs nothing here.
Index(
    "ix_event_payment",
    EVENTS.c.subject_id,
    EVENTS.c.revision,
    postgresql_where=(EVENTS.c.subject_type == "payment") & (EVENTS.c.revision > 1),
    sqlite_where=(EVENTS.c.subject_type == "payment") & (EVENTS.c.revision > 1),
)

BATCHES: Final = Table(
    "outbox_batch",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("occurred_at", Time, nullable=False),
    Column("event_ids", Json(tuple[str, ...]), nullable=False),
    Column("announced", Json(tuple[Announced, ...]), nullable=False),
)

APPEND_ONLY: Final = (EVENTS.name,)
