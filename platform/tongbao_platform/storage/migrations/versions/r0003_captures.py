"""Captures: until when an authorized payment can be captured, its parts, and what finds those that are due.

Also an index of the later events of a payment, so that its clearing can be shown.
"""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.migrations.column_types import WHOLE

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no payment is authorized before this revision."""
    # One statement that both databases read: SQLite adds a constraint to a table only together with a column.
    whole = WHOLE.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE payment ADD COLUMN capture_before {whole}"
        " CONSTRAINT ck_payment_authorized CHECK ((status = 'authorized') = (capture_before IS NOT NULL))"
    )
    op.execute("ALTER TABLE payment ADD COLUMN captures TEXT NOT NULL DEFAULT '[]'")
    op.create_index(
        "ix_payment_capture_due",
        "payment",
        ["capture_before"],
        postgresql_where=sa.text("status = 'authorized'"),
        sqlite_where=sa.text("status = 'authorized'"),
    )
    op.create_index(
        "ix_event_payment",
        "event",
        ["subject_id", "revision"],
        postgresql_where=sa.text("subject_type = 'payment' AND revision > 1"),
        sqlite_where=sa.text("subject_type = 'payment' AND revision > 1"),
    )


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
