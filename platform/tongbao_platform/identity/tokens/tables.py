"""The table of access tokens."""

from typing import Final

from sqlalchemy import Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Id, Json, Time

ACCESS_TOKENS: Final = Table(
    "access_token",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("scopes", Json(tuple[str, ...]), nullable=False),
    Column("issued_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False, index=True),
    Column("revoked_at", Time, nullable=True),
)
