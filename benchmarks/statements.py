"""What PostgreSQL itself says about its statements (the extension ``pg_stat_statements``)."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from tests.factories.database import execute

_QUESTION: Final = "SELECT query, total_exec_time, rows FROM pg_stat_statements WHERE calls > 0"
_TABLE: Final = r'"?(?:public\.)?"?(\w+)"?'
# The words of PostgreSQL and those of a write session, told apart by how they begin and by what else is in them.
_KINDS: Final = (
    (re.compile(rf"COPY {_TABLE}"), "insert {}"),
    (re.compile(rf"INSERT INTO {_TABLE}.*ON CONFLICT", re.DOTALL), "insert_new {}"),
    (re.compile(rf"INSERT INTO {_TABLE}"), "insert {}"),
    (re.compile(rf"UPDATE {_TABLE}"), "update {}"),
    (re.compile(rf"DELETE FROM {_TABLE}"), "delete {}"),
    (re.compile(rf"SELECT .*?\sFROM {_TABLE}.*FOR NO KEY UPDATE", re.DOTALL), "load {}"),
    (re.compile(rf"SELECT .*?\sFROM {_TABLE}", re.DOTALL), "read {}"),
    (re.compile(r"(BEGIN|COMMIT|ROLLBACK)"), "{}"),
)


class ServerStatement(msgspec.Struct, frozen=True):
    """All executions of one kind of statement: their time and their rows."""

    name: str
    milliseconds: float
    rows: int


def statistics_settings() -> dict[str, str]:
    """Return the settings of a server that keeps these figures, of COPY and COMMIT too."""
    return {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "on"}


def read_statements(url: str) -> list[ServerStatement]:
    """Return what was executed since the last reset."""
    return [
        ServerStatement(statement_name(query), milliseconds, rows)
        for query, milliseconds, rows in execute(url, _QUESTION)
    ]


def summed_up(statements: Iterable[ServerStatement]) -> list[ServerStatement]:
    """Return one for each name, the longest first."""
    found: dict[str, ServerStatement] = {}
    for one in statements:
        before = found.get(one.name, ServerStatement(one.name, 0.0, 0))
        found[one.name] = ServerStatement(one.name, before.milliseconds + one.milliseconds, before.rows + one.rows)
    return sorted(found.values(), key=lambda one: -one.milliseconds)


def statement_name(query: str) -> str:
    """Return e.g. ``insert payment``, as the write session names its methods; ``other`` for what it never says."""
    for pattern, name in _KINDS:
        match = pattern.match(query)
        if match is not None:
            return name.format(match[1].lower())
    return "other"
