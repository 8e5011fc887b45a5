"""How many bytes stored payments take, in each table that a payment leaves rows in."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import DatabaseName
from benchmarks.multiply import COPIED_TABLES
from tests.factories.database import execute

_POSTGRESQL: Final = """
SELECT relname, pg_relation_size(oid), pg_indexes_size(oid), pg_table_size(oid) - pg_relation_size(oid)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
# An index belongs to the table it is made for; what is no index is a table of its own name.
_SQLITE: Final = """
SELECT m.tbl_name, sum(CASE WHEN m.type = 'table' THEN s.pgsize ELSE 0 END),
  sum(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END)
FROM (SELECT name, sum(pgsize) AS pgsize FROM dbstat GROUP BY name) s JOIN sqlite_schema m ON m.name = s.name
GROUP BY m.tbl_name
"""
_TABLES: Final = frozenset(COPIED_TABLES)


class TableSize(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes per stored payment: rows, indexes, and what PostgreSQL keeps apart (long values, maps of free space)."""

    database: DatabaseName
    stored: int
    table: str
    rows: float
    indexes: float
    apart: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.rows + self.indexes + self.apart


def of_postgresql(url: str, stored: int) -> list[TableSize]:
    """Return the sizes in the database ``url``."""
    return [
        TableSize(
            database="postgresql",
            stored=stored,
            table=name,
            rows=rows / stored,
            indexes=indexes / stored,
            apart=apart / stored,
        )
        for name, rows, indexes, apart in execute(url, _POSTGRESQL)
        if name in _TABLES
    ]


def of_sqlite(path: Path, stored: int) -> list[TableSize]:
    """Return the same of a SQLite file that nobody writes to."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [
            TableSize(database="sqlite", stored=stored, table=name, rows=rows / stored, indexes=indexes / stored)
            for name, rows, indexes in connection.execute(_SQLITE)
            if name in _TABLES
        ]
