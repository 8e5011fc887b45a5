"""The tables of deliveries and their attempts; columns in the order of the models' fields."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Octets, Time, Words

DELIVERIES: Final = Table(
    "webhook_delivery",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("livemode", Flag, nullable=False),
    Column("revision", Count, nullable=False),
    Column("status", Code, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("endpoint_id", Id, nullable=False),
    Column("event_id", Id, nullable=False),
    Column("event_type", Code, nullable=False),
    Column("seq", Count, nullable=False),
    Column("body", Octets, nullable=False),
    Column("due_at", Time, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("replay_no", Count, nullable=False),
    Column("lease_token", Count, nullable=False),
    Column("attempt_count", Count, nullable=False),
    Column("last_failure", Code, nullable=True),
    Column("completed_at", Time, nullable=True),
    CheckConstraint("seq > 0", name="seq"),
)

# Whatever else goes wrong, an event reaches an endpoint's list once, under one number.
Index(
    "uq_webhook_delivery_event",
    DELIVERIES.c.event_id,
    DELIVERIES.c.endpoint_id,
    DELIVERIES.c.replay_no,
    unique=True,
)
Index("uq_webhook_delivery_seq", DELIVERIES.c.endpoint_id, DELIVERIES.c.seq, DELIVERIES.c.replay_no, unique=True)
Index("ix_webhook_delivery_merchant", DELIVERIES.c.merchant_id, DELIVERIES.c.id)
Index(
    "ix_webhook_delivery_due",
    DELIVERIES.c.due_at,
    DELIVERIES.c.id,
    postgresql_where=DELIVERIES.c.status == "pending",
    sqlite_where=DELIVERIES.c.status == "pending",
)

ATTEMPTS: Final = Table(
    "webhook_attempt",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Id, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("number", Count, nullable=False),
    Column("url", Words, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("duration_ms", Count, nullable=False),
    Column("late", Flag, nullable=False),
    Column("response_status", Count, nullable=True),
    Column("reason", Code, nullable=False),
    Column("detail", Words, nullable=False),
    Column("response_headers", Json(tuple[tuple[str, str], ...]), nullable=False),
    Column("response_body", Octets, nullable=False),
    Column("response_body_truncated", Flag, nullable=False),
)

Index("uq_webhook_attempt_number", ATTEMPTS.c.delivery_id, ATTEMPTS.c.number, unique=True)
