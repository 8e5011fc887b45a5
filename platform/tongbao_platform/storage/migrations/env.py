"""Alembic's entry: runs the revisions on the connection and metadata that ``storage.migrate`` hands over."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    # SQLite cannot alter most things in place: alembic copies the table.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
