"""SQL has few homes: storage, execution, and each module's own ``tables.py`` and ``store.py``."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.code_base import PLATFORM, Source, findings, imported_modules, is_within, sources

_DRIVERS: Final = ("asyncpg", "aiosqlite", "sqlite3", "sqlalchemy.dialects")
_BASE: Final = "platform/tongbao_platform/"
# Only these two collect all tables and stores.
_COLLECTORS: Final = frozenset({_BASE + "processes/wiring.py", _BASE + "processes/catalogue.py"})
_OWNED = re.compile(r"tongbao_platform\.(domain\.\w+|identity)(?:\.\w+)*\.(?:tables|store)(?:\.|$)")


def stray_sql(file: Source) -> Iterator[str]:
    at_home = file.path.startswith((_BASE + "storage/", _BASE + "execution/")) or file.name in {"tables.py", "store.py"}
    if at_home or file.path in _COLLECTORS:
        return
    for line, name in imported_modules(file.tree()):
        if is_within(name, "sqlalchemy"):
            yield f"{line}: imports {name}"


def stray_dialects(file: Source) -> Iterator[str]:
    if file.path.startswith(_BASE + "storage/"):
        return
    for line, name in imported_modules(file.tree()):
        if any(is_within(name, driver) for driver in _DRIVERS):
            yield f"{line}: imports {name}"


def foreign_tables(file: Source) -> Iterator[str]:
    """Yield imports of another module's tables or store."""
    if file.path in _COLLECTORS:
        return
    here = file.path.removeprefix("platform/").replace("/", ".")
    for line, name in imported_modules(file.tree()):
        owned = _OWNED.match(name)
        if owned and not here.startswith(f"tongbao_platform.{owned[1]}."):
            yield f"{line}: imports {name}"


def test_sqlalchemy_stays_at_home() -> None:
    assert findings(stray_sql, sources(PLATFORM)) == []


def test_only_storage_speaks_dialects() -> None:
    assert findings(stray_dialects, sources(PLATFORM)) == []


def test_tables_and_stores_belong_to_their_module() -> None:
    assert findings(foreign_tables, sources(PLATFORM)) == []


@pytest.mark.parametrize("line", ["import sqlalchemy as sa", "from sqlalchemy.orm import Session", "import sqlalchemy"])
@pytest.mark.parametrize("path", ["domain/payments/create.py", "api/v1/payments.py", "processes/worker.py"])
def test_the_check_sees_stray_sql(line: str, path: str) -> None:
    assert len(findings(stray_sql, [Source(_BASE + path, line)])) == 1


@pytest.mark.parametrize("path", ["domain/payments/store.py", "identity/keys/tables.py", "storage/rows.py"])
def test_the_check_knows_the_homes_of_sql(path: str) -> None:
    assert findings(stray_sql, [Source(_BASE + path, "import sqlalchemy")]) == []


@pytest.mark.parametrize("line", ["from sqlalchemy.dialects import postgresql", "import asyncpg", "import sqlite3"])
def test_the_check_sees_a_stray_dialect(line: str) -> None:
    assert len(findings(stray_dialects, [Source(_BASE + "domain/payments/store.py", line)])) == 1
    assert findings(stray_dialects, [Source(_BASE + "storage/postgresql.py", line)]) == []


@pytest.mark.parametrize(
    "line",
    [
        "from tongbao_platform.domain.payments.store import Payments",
        "from tongbao_platform.domain.payments import store",
        "import tongbao_platform.domain.payments.tables",
    ],
)
def test_the_check_sees_a_foreign_table(line: str) -> None:
    assert len(findings(foreign_tables, [Source(_BASE + "domain/refunds/create.py", line)])) == 1
    assert findings(foreign_tables, [Source(_BASE + "domain/payments/read.py", line)]) == []
    assert findings(foreign_tables, [Source(path, line) for path in _COLLECTORS]) == []
