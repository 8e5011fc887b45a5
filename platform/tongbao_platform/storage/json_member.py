"""A member of a JSON text column, as text, on both databases."""

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _JsonMember(FunctionElement[str]):
    type = String()
    inherit_cache = True
    name = "json_member"


def json_member(column: ColumnElement[Any], key: str) -> ColumnElement[str]:
    """Return the string at top-level ``key`` of the JSON object kept in ``column``; NULL when there is none."""
    return _JsonMember(column, key)


@compiles(_JsonMember, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, key = (compiler.process(part, **options) for part in element.clauses)
    return f"(CAST({column} AS jsonb) ->> {key})"


@compiles(_JsonMember, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, key = (compiler.process(part, **options) for part in element.clauses)
    # The key is quoted, so that dots and dashes in it are not read as a path.
    return f"json_extract({column}, '$.\"' || {key} || '\"')"
