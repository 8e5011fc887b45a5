"""Tables of the outbox. ``event`` is append-only; ``event_pending`` is the relay's queue."""

from typing import Final

from sqlalchemy import Column, Index, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Octets, Time

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

PENDING: Final = Table("event_pending", METADATA, Column("id", Id, primary_key=True))

APPEND_ONLY: Final = (EVENTS.name,)
