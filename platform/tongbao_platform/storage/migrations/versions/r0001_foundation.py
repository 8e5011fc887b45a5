"""The first schema."""

from alembic import context, op

from tongbao_platform.storage.append_only import append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_transfer", "ledger_entry", "event", "request_evidence", "audit_entry")


def upgrade() -> None:
    """Create every table and the append-only triggers."""
    connection = op.get_bind()
    context.config.attributes["metadata"].create_all(connection)
    for statement in append_only_statements(connection.dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")
