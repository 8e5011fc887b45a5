"""Clearing accounts, daily balances; when a hold ended; how often an account changed its status."""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.migrations.column_types import ASCII, WHOLE

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, indexes and tables."""
    op.add_column("ledger_account", sa.Column("status_changes", WHOLE, nullable=False, server_default="0"))
    # No earlier release made holds: there is none whose end is unknown.
    op.add_column("ledger_hold", sa.Column("resolved_at", WHOLE, nullable=True))
    op.create_index("ix_ledger_hold_debit", "ledger_hold", ["debit_account_id", "resolved_at"])
    op.create_index(
        "ix_ledger_transfer_hold",
        "ledger_transfer",
        ["hold_id"],
        postgresql_where=sa.text("hold_id IS NOT NULL"),
        sqlite_where=sa.text("hold_id IS NOT NULL"),
    )
    # A refund returns its fee whatever the bank has done with its income meanwhile.
    op.execute("UPDATE ledger_account SET floor_minor = NULL WHERE kind = 'fee_income'")
    _clearing_account()
    _account_day()


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")


def _clearing_account() -> None:
    op.create_table(
        "clearing_account",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("flow", ASCII, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("sla_seconds", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.CheckConstraint("sla_seconds > 0", name="ck_clearing_account_sla"),
        sa.PrimaryKeyConstraint("id", name="pk_clearing_account"),
    )
    op.create_index("uq_clearing_account_flow", "clearing_account", ["flow", "currency"], unique=True)


def _account_day() -> None:
    op.create_table(
        "account_day",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("account_id", ASCII, nullable=False),
        sa.Column("business_date", ASCII, nullable=False),
        sa.Column("opening_minor", WHOLE, nullable=False),
        sa.Column("debits_minor", WHOLE, nullable=False),
        sa.Column("credits_minor", WHOLE, nullable=False),
        sa.Column("closing_minor", WHOLE, nullable=False),
        sa.Column("entries", WHOLE, nullable=False),
        sa.Column("first_seq", WHOLE, nullable=False),
        sa.Column("last_seq", WHOLE, nullable=False),
        sa.CheckConstraint("closing_minor = opening_minor - debits_minor + credits_minor", name="ck_account_day_sum"),
        sa.CheckConstraint(
            "entries > 0 AND first_seq > 0 AND last_seq - first_seq + 1 = entries", name="ck_account_day_seq"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_day"),
    )
    op.create_index("uq_account_day_date", "account_day", ["account_id", "business_date"], unique=True)
