"""Triggers that refuse to change or delete what was appended, on both databases.

They stop mistakes and careless operators; a deliberate edit by the database's owner is found by the verifier.
"""

from collections.abc import Iterable, Iterator

_FUNCTION = """
CREATE OR REPLACE FUNCTION tongbao_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only_statements(dialect: str, tables: Iterable[str]) -> Iterator[str]:
    """Return the statements that make ``tables`` append-only on ``dialect`` ("postgresql" or "sqlite")."""
    if dialect == "postgresql":
        yield _FUNCTION
    for table in tables:
        if dialect == "postgresql":
            yield (
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION tongbao_append_only()"
            )
            yield (
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION tongbao_append_only()"
            )
        else:
            for verb in ("UPDATE", "DELETE"):
                yield (
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
