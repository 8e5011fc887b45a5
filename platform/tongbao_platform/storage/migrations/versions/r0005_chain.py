"""The hash chain over entries and audit entries; verifier runs."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
