"""Fewer rows per payment on the write path."""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.migrations.column_types import ASCII, WHOLE, WORDS

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the relay's queue as one row for each commit; what waits is carried over."""
    if op.get_bind().dialect.name == "postgresql":
        # A relay that is fanning out ends first: what it has sent must not wait here again.
        op.execute("LOCK TABLE event_pending IN ACCESS EXCLUSIVE MODE")
    op.create_table(
        "outbox_batch",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("occurred_at", WHOLE, nullable=False),
        sa.Column("event_ids", WORDS, nullable=False),
        sa.Column("announced", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_batch"),
    )
    op.execute(
        "INSERT INTO outbox_batch (id, occurred_at, event_ids, announced)"
        " SELECT event.id, event.occurred_at, '[\"' || event.id || '\"]', '[]'"
        " FROM event_pending JOIN event ON event.id = event_pending.id"
    )
    op.drop_table("event_pending")


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
