"""The webhook endpoints' table; columns in the order of the model's fields."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Time, Words

ENDPOINTS: Final = Table(
    "webhook_endpoint",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("livemode", Flag, nullable=False),
    Column("revision", Count, nullable=False),
    Column("status", Code, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    Column("url", Words, nullable=False),
    Column("event_types", Json(tuple[str, ...]), nullable=False),
    Column("description", Words, nullable=True),
    Column("api_version", Code, nullable=False),
    Column("metadata", Json(dict[str, str]), nullable=False),
    Column("secret_sealed", Words, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("last_seq", Count, nullable=False),
    Column("disabled_reason", Code, nullable=True),
    Column("disabled_at", Time, nullable=True),
    Column("previous_secret_sealed", Words, nullable=True),
    Column("previous_secret_expires_at", Time, nullable=True),
    CheckConstraint("last_seq >= 0", name="last_seq"),
)

Index("ix_webhook_endpoint_merchant", ENDPOINTS.c.merchant_id, ENDPOINTS.c.id)
