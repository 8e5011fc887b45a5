"""What the verifier remembers between its incremental runs."""

from typing import Final

from sqlalchemy import Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Id, Minor

# Updated with every run: half-empty pages let PostgreSQL do it in place.
VERIFIED_ACCOUNTS: Final = Table(
    "verified_account",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("seq", Count, nullable=False),
    Column("balance_minor", Minor, nullable=False),
    postgresql_with={"fillfactor": 50},
)

CURSORS: Final = Table(
    "verifier_cursor",
    METADATA,
    Column("id", Code, primary_key=True),
    Column("position", Count, nullable=False),
)
