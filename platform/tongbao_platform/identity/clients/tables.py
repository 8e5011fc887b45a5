"""The table of clients."""

from typing import Final

from sqlalchemy import Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Time, Words

CLIENTS: Final = Table(
    "client",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("merchant_id", Id, nullable=False, index=True),
    Column("profile", Code, nullable=False),
    Column("name", Words, nullable=False),
    Column("scopes", Json(tuple[str, ...]), nullable=False),
    Column("api_version", Code, nullable=False),
    Column("status", Code, nullable=False),
    Column("livemode", Flag, nullable=False),
    Column("key_count", Count, nullable=False),
    Column("revision", Count, nullable=False),
    Column("created_at", Time, nullable=False),
)
