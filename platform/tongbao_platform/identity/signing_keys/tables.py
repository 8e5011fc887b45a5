"""The table of the platform's signing keys."""

from typing import Final

from sqlalchemy import Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Id, Time, Words

PLATFORM_KEYS: Final = Table(
    "platform_key",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("alg", Code, nullable=False),
    Column("public_jwk", Words, nullable=False),
    Column("sealed_private", Words, nullable=True),
    Column("status", Code, nullable=False),
    Column("announced_at", Time, nullable=False),
    Column("activated_at", Time, nullable=True),
    Column("retired_at", Time, nullable=True),
    Column("revision", Count, nullable=False),
)
