"""Fewer rows per payment on the write path."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
