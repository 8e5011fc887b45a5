"""Tables of client keys and of their use."""

from typing import Final

from sqlalchemy import Column, Table, UniqueConstraint

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Id, Time, Words

CLIENT_KEYS: Final = Table(
    "client_key",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("kid", Code, nullable=False),
    Column("alg", Code, nullable=False),
    Column("public_jwk", Words, nullable=False),
    Column("use", Code, nullable=False),
    Column("valid_from", Time, nullable=False),
    Column("valid_until", Time, nullable=True),
    Column("revoked_at", Time, nullable=True),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("client_id", "kid"),
)

KEY_USES: Final = Table(
    "client_key_use",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("last_used_at", Time, nullable=True),
)
