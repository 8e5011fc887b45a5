"""The book, the write path and the outbox."""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.append_only import append_only_statements
from tongbao_platform.storage.migrations.column_types import ASCII, FLAG, OCTETS, WHOLE, WORDS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_transfer", "ledger_entry", "event", "request_evidence", "audit_entry")


def upgrade() -> None:
    """Create the tables and the append-only triggers."""
    _database_stamp()
    _ledger_account()
    _ledger_transfer()
    _ledger_entry()
    _ledger_hold()
    _claim()
    _idempotency_answer()
    _request_evidence()
    _audit_entry()
    _cache_version()
    _event()
    _event_pending()
    for statement in append_only_statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")


def _database_stamp() -> None:
    op.create_table(
        "database_stamp",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("kind", ASCII, nullable=False),
        sa.CheckConstraint("id = 'this'", name="ck_database_stamp_single"),
        sa.CheckConstraint("kind IN ('sandbox', 'live')", name="ck_database_stamp_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_database_stamp"),
    )


def _ledger_account() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("owner_id", ASCII, nullable=True),
        sa.Column("kind", ASCII, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("lock_rank", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("floor_minor", WHOLE, nullable=True),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("posted_debits", WHOLE, nullable=False),
        sa.Column("posted_credits", WHOLE, nullable=False),
        sa.Column("held_debits", WHOLE, nullable=False),
        sa.Column("held_credits", WHOLE, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("last_entry_at", WHOLE, nullable=False),
        sa.CheckConstraint(
            "floor_minor IS NULL OR posted_credits - posted_debits - held_debits >= floor_minor",
            name="ck_ledger_account_floor",
        ),
        sa.CheckConstraint("held_debits >= 0 AND held_credits >= 0", name="ck_ledger_account_held"),
        sa.CheckConstraint("posted_debits >= 0 AND posted_credits >= 0", name="ck_ledger_account_posted"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_account"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_ledger_account_owner_id", "ledger_account", ["owner_id"])


def _ledger_transfer() -> None:
    op.create_table(
        "ledger_transfer",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("group_id", ASCII, nullable=False),
        sa.Column("debit_account_id", ASCII, nullable=False),
        sa.Column("credit_account_id", ASCII, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("type", ASCII, nullable=False),
        sa.Column("reference_type", ASCII, nullable=False),
        sa.Column("reference_id", ASCII, nullable=False),
        sa.Column("description", WORDS, nullable=False),
        sa.Column("hold_id", ASCII, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_ledger_transfer_amount"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="ck_ledger_transfer_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transfer"),
    )


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("account_id", ASCII, nullable=False),
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("transfer_id", ASCII, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("balance_after_minor", WHOLE, nullable=False),
        sa.Column("occurred_at", WHOLE, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name="ck_ledger_entry_amount"),
        sa.CheckConstraint("seq > 0", name="ck_ledger_entry_seq"),
        sa.PrimaryKeyConstraint("account_id", "seq", name="pk_ledger_entry"),
    )


def _ledger_hold() -> None:
    op.create_table(
        "ledger_hold",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("debit_account_id", ASCII, nullable=False),
        sa.Column("credit_account_id", ASCII, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("reference_type", ASCII, nullable=False),
        sa.Column("reference_id", ASCII, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("posted_minor", WHOLE, nullable=False),
        sa.Column("released_minor", WHOLE, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (posted_minor + released_minor < amount_minor)", name="ck_ledger_hold_status"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_ledger_hold_amount"),
        sa.CheckConstraint("posted_minor + released_minor <= amount_minor", name="ck_ledger_hold_total"),
        sa.CheckConstraint("posted_minor >= 0 AND released_minor >= 0", name="ck_ledger_hold_parts"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_hold"),
    )
    op.create_index(
        "ix_ledger_hold_due",
        "ledger_hold",
        ["expires_at"],
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("kind", ASCII, nullable=False),
        sa.Column("scope", ASCII, nullable=False),
        sa.Column("value", ASCII, nullable=False),
        sa.Column("ref", ASCII, nullable=True),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("kind", "scope", "value", name="pk_claim"),
    )
    op.create_index(
        "ix_claim_expires_at",
        "claim",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )


def _idempotency_answer() -> None:
    op.create_table(
        "idempotency_answer",
        sa.Column("scope", ASCII, nullable=False),
        sa.Column("key", ASCII, nullable=False),
        sa.Column("fingerprint", OCTETS, nullable=False),
        sa.Column("status", WHOLE, nullable=False),
        sa.Column("headers", WORDS, nullable=False),
        sa.Column("sealed", WHOLE, nullable=False),
        sa.Column("body", OCTETS, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_answer"),
    )
    op.create_index(
        "ix_idempotency_answer_expires_at",
        "idempotency_answer",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )


def _request_evidence() -> None:
    op.create_table(
        "request_evidence",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("jti", ASCII, nullable=False),
        sa.Column("kid", ASCII, nullable=False),
        sa.Column("request_id", ASCII, nullable=True),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("payload", OCTETS, nullable=False),
        sa.Column("protected", OCTETS, nullable=False),
        sa.Column("signature", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_evidence"),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("actor", ASCII, nullable=False),
        sa.Column("action", ASCII, nullable=False),
        sa.Column("object_type", ASCII, nullable=False),
        sa.Column("object_id", ASCII, nullable=False),
        sa.Column("detail", WORDS, nullable=False),
        sa.Column("request_id", ASCII, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )


def _cache_version() -> None:
    op.create_table(
        "cache_version",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cache_version"),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("type", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("occurred_at", WHOLE, nullable=False),
        sa.Column("subject_type", ASCII, nullable=False),
        sa.Column("subject_id", ASCII, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("other_merchant_id", ASCII, nullable=True),
        sa.Column("traceparent", ASCII, nullable=True),
        sa.Column("snapshot", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_merchant", "event", ["merchant_id", "id"])
    op.create_index(
        "ix_event_other_merchant",
        "event",
        ["other_merchant_id", "id"],
        postgresql_where=sa.text("other_merchant_id IS NOT NULL"),
        sqlite_where=sa.text("other_merchant_id IS NOT NULL"),
    )


def _event_pending() -> None:
    op.create_table(
        "event_pending", sa.Column("id", ASCII, nullable=False), sa.PrimaryKeyConstraint("id", name="pk_event_pending")
    )
