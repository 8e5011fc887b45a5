"""The hash chain over entries and audit entries; what the incremental verifier remembers."""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.append_only import append_only_statements
from tongbao_platform.storage.migrations.column_types import ASCII, OCTETS, WHOLE, WORDS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = ("chain_block", "chain_audit_entry")


def upgrade() -> None:
    """Create the tables and the triggers."""
    _chain_block()
    _chain_head()
    _chain_account()
    _chain_audit_entry()
    _verified_account()
    _verifier_cursor()
    for statement in append_only_statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")


def _chain_block() -> None:
    op.create_table(
        "chain_block",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("chain", ASCII, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("sealed_at", WHOLE, nullable=False),
        sa.Column("row_count", WHOLE, nullable=False),
        sa.Column("covers", WORDS, nullable=False),
        sa.Column("content_hash", OCTETS, nullable=False),
        sa.Column("fingerprints", OCTETS, nullable=False),
        sa.Column("previous_hash", OCTETS, nullable=False),
        sa.Column("hash", OCTETS, nullable=False),
        sa.CheckConstraint("number > 0 AND row_count > 0", name="ck_chain_block_numbers"),
        sa.PrimaryKeyConstraint("id", name="pk_chain_block"),
    )


def _chain_head() -> None:
    op.create_table(
        "chain_head",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("hash", OCTETS, nullable=False),
        sa.Column("sealed_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain_head"),
    )


def _chain_account() -> None:
    op.create_table(
        "chain_account",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.CheckConstraint("seq > 0", name="ck_chain_account_seq"),
        sa.PrimaryKeyConstraint("id", name="pk_chain_account"),
        postgresql_with={"fillfactor": 50},
    )


def _chain_audit_entry() -> None:
    op.create_table(
        "chain_audit_entry",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain_audit_entry"),
    )


def _verified_account() -> None:
    op.create_table(
        "verified_account",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("balance_minor", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verified_account"),
        postgresql_with={"fillfactor": 50},
    )


def _verifier_cursor() -> None:
    op.create_table(
        "verifier_cursor",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verifier_cursor"),
    )
