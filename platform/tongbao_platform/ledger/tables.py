"""The book's tables. Transfers and entries are append-only: triggers made by the first migration refuse the rest."""

from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Id, Minor, Time, Words

# Half-empty pages and no index on a column that changes: PostgreSQL then updates balances in place (heap-only tuples).
_HOT: Final[dict[str, Any]] = {"postgresql_with": {"fillfactor": 50}}

ACCOUNTS: Final = Table(
    "ledger_account",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("owner_id", Id, nullable=True, index=True),
    Column("kind", Code, nullable=False),
    Column("currency", Code, nullable=False),
    Column("lock_rank", Count, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("floor_minor", Minor, nullable=True),
    Column("status", Code, nullable=False),
    Column("posted_debits", Minor, nullable=False),
    Column("posted_credits", Minor, nullable=False),
    Column("held_debits", Minor, nullable=False),
    Column("held_credits", Minor, nullable=False),
    Column("seq", Count, nullable=False),
    Column("last_entry_at", Time, nullable=False),
    Column("status_changes", Count, nullable=False, server_default="0"),
    CheckConstraint("posted_debits >= 0 AND posted_credits >= 0", name="posted"),
    CheckConstraint("held_debits >= 0 AND held_credits >= 0", name="held"),
    CheckConstraint("floor_minor IS NULL OR posted_credits - posted_debits - held_debits >= floor_minor", name="floor"),
    **_HOT,
)

TRANSFERS: Final = Table(
    "ledger_transfer",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("group_id", Id, nullable=False),
    Column("debit_account_id", Id, nullable=False),
    Column("credit_account_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("currency", Code, nullable=False),
    Column("type", Code, nullable=False),
    Column("reference_type", Code, nullable=False),
    Column("reference_id", Id, nullable=False),
    Column("description", Words, nullable=False),
    Column("hold_id", Id, nullable=True),
    Column("created_at", Time, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
)

ENTRIES: Final = Table(
    "ledger_entry",
    METADATA,
    Column("account_id", Id, primary_key=True),
    Column("seq", Count, primary_key=True, autoincrement=False),
    Column("transfer_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("balance_after_minor", Minor, nullable=False),
    Column("occurred_at", Time, nullable=False),
    CheckConstraint("amount_minor <> 0", name="amount"),
    CheckConstraint("seq > 0", name="seq"),
)

HOLDS: Final = Table(
    "ledger_hold",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("debit_account_id", Id, nullable=False),
    Column("credit_account_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("currency", Code, nullable=False),
    Column("reference_type", Code, nullable=False),
    Column("reference_id", Id, nullable=False),
    Column("expires_at", Time, nullable=True),
    Column("created_at", Time, nullable=False),
    Column("posted_minor", Minor, nullable=False),
    Column("released_minor", Minor, nullable=False),
    Column("status", Code, nullable=False),
    Column("resolved_at", Time, nullable=True),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("posted_minor >= 0 AND released_minor >= 0", name="parts"),
    CheckConstraint("posted_minor + released_minor <= amount_minor", name="total"),
    CheckConstraint("(status = 'open') = (posted_minor + released_minor < amount_minor)", name="status"),
)

Index(
    "ix_ledger_hold_due",
    HOLDS.c.expires_at,
    postgresql_where=HOLDS.c.status == "open",
    sqlite_where=HOLDS.c.status == "open",
)

# What an account had held at a past moment: the holds of that moment, and the parts posted until then.
Index("ix_ledger_hold_debit", HOLDS.c.debit_account_id, HOLDS.c.resolved_at)
Index(
    "ix_ledger_transfer_hold",
    TRANSFERS.c.hold_id,
    postgresql_where=TRANSFERS.c.hold_id.isnot(None),
    sqlite_where=TRANSFERS.c.hold_id.isnot(None),
)

APPEND_ONLY: Final = (TRANSFERS.name, ENTRIES.name)
