"""The chain's tables. Blocks and the list of sealed audit entries are append-only (triggers)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Id, Octets, Time, Words

BLOCKS: Final = Table(
    "chain_block",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("chain", Code, nullable=False),
    Column("number", Count, nullable=False),
    Column("version", Count, nullable=False),
    Column("sealed_at", Time, nullable=False),
    Column("row_count", Count, nullable=False),
    Column("covers", Words, nullable=False),
    Column("content_hash", Octets, nullable=False),
    Column("fingerprints", Octets, nullable=False),
    Column("previous_hash", Octets, nullable=False),
    Column("hash", Octets, nullable=False),
    CheckConstraint("number > 0 AND row_count > 0", name="numbers"),
)

HEADS: Final = Table(
    "chain_head",
    METADATA,
    Column("id", Code, primary_key=True),
    Column("number", Count, nullable=False),
    Column("hash", Octets, nullable=False),
    Column("sealed_at", Time, nullable=False),
)

# Updated with every block: half-empty pages let PostgreSQL do it in place.
SEALED_ACCOUNTS: Final = Table(
    "chain_account",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("seq", Count, nullable=False),
    CheckConstraint("seq > 0", name="seq"),
    postgresql_with={"fillfactor": 50},
)

SEALED_AUDIT_ENTRIES: Final = Table(
    "chain_audit_entry",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("number", Count, nullable=False),
)

APPEND_ONLY: Final = (BLOCKS.name, SEALED_AUDIT_ENTRIES.name)
