"""Captures: what a payment needs to be authorized first and captured later."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
