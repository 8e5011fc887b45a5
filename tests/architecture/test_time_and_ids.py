"""The time comes from ``kernel/clock.py`` and ids from ``kernel/ids.py``, so that the sandbox can travel and replay."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.code_base import PLATFORM, PORTAL, SANDBOX, Source, findings, is_within, sources

_CLOCK: Final = "platform/tongbao_platform/kernel/clock.py"
_IDS: Final = "platform/tongbao_platform/kernel/ids.py"
# Monotonic clocks measure durations, tell no time and are allowed.
_TIME: Final = (
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "time.ctime",
    "time.clock_gettime",
    "time.clock_gettime_ns",
)
# The one place that asks PostgreSQL for the time: once per batch, after the locks are held.
_SQL_CLOCK_PORT: Final = "platform/tongbao_platform/storage/postgres_session.py"
_SQL_TIME: Final = ("now", "current_timestamp", "current_date", "localtimestamp", "clock_timestamp")
_SQL_TIME_WORDS = re.compile(r"\bnow\(\)|\b(?:clock|current|statement|transaction)_timestamp\b", re.IGNORECASE)


def clock_readings(file: Source) -> Iterator[str]:
    if file.path == _CLOCK:
        return
    for line, name in names_used(file.tree()):
        if any(is_within(name, reading) for reading in _TIME):
            yield f"{line}: reads the clock with {name}"


def random_sources(file: Source) -> Iterator[str]:
    """Yield uses of ``uuid`` and ``random``; the sandbox draws its personas from a seeded ``random``."""
    banned = ("uuid",) if file.path.startswith("sandbox/") else ("uuid", "random")
    if file.path == _IDS:
        return
    for line, name in names_used(file.tree()):
        if any(is_within(name, module) for module in banned):
            yield f"{line}: uses {name}"


def sql_clocks(file: Source) -> Iterator[str]:
    """Yield SQL that asks the database for the time outside the port for that."""
    if file.path == _SQL_CLOCK_PORT:
        return
    tree = file.tree()
    descriptions = set(docstrings(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="func") | ast.Attribute(attr="func"), attr=name) if name in _SQL_TIME:
                yield f"{node.lineno}: asks the database with func.{name}"
            case ast.Constant(value=str(text)) if node not in descriptions and _SQL_TIME_WORDS.search(text):
                yield f"{node.lineno}: asks the database for the time"


def docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the nodes that are statements of text only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value


def names_used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of imports and of what is reached through them, whatever it is called here."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    first = alias.name.split(".")[0]
                    known[alias.asname or first] = alias.name if alias.asname else first
                    yield node.lineno, alias.name
            case ast.ImportFrom(module=module, names=aliases):
                for alias in aliases:
                    known[alias.asname or alias.name] = f"{module}.{alias.name}"
                    yield node.lineno, f"{module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = _dotted(node, known)
            if dotted is not None:
                yield node.lineno, dotted


def _dotted(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, known)
        return None if base is None else f"{base}.{node.attr}"
    return None


def test_time_comes_from_the_clock() -> None:
    assert findings(clock_readings, sources(PLATFORM, SANDBOX, PORTAL)) == []


def test_ids_come_from_the_id_source() -> None:
    assert findings(random_sources, sources(PLATFORM, SANDBOX, PORTAL)) == []


def test_no_sql_asks_for_the_time() -> None:
    assert findings(sql_clocks, sources(PLATFORM, SANDBOX, PORTAL)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "import time as t\nt.time_ns()",
        "from time import time",
        "import datetime\ndatetime.datetime.now()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from datetime import datetime\ndatetime.now(tz=None)",
        "from datetime import date as day\nday.today()",
        "from datetime import datetime\nclass A:\n    read = datetime.now",
    ],
)
def test_the_check_sees_each_way_to_read_the_clock(text: str) -> None:
    assert findings(clock_readings, [Source("platform/tongbao_platform/domain/a.py", text)])
    assert findings(clock_readings, [Source(_CLOCK, text)]) == []


@pytest.mark.parametrize(
    "text", ["import time\ntime.monotonic()", "import time\ntime.perf_counter_ns()", "clock.now()"]
)
def test_the_check_lets_durations_and_injected_clocks_pass(text: str) -> None:
    assert findings(clock_readings, [Source("platform/tongbao_platform/domain/a.py", text)]) == []


@pytest.mark.parametrize(
    "text", ["import uuid", "from uuid import uuid4", "import random", "from random import choice"]
)
def test_the_check_sees_other_sources_of_ids(text: str) -> None:
    assert findings(random_sources, [Source("platform/tongbao_platform/domain/a.py", text)])
    assert findings(random_sources, [Source(_IDS, text)]) == []


def test_the_sandbox_may_use_random_but_not_uuid() -> None:
    assert findings(random_sources, [Source("sandbox/tongbao_sandbox/personas.py", "import random")]) == []
    assert findings(random_sources, [Source("sandbox/tongbao_sandbox/personas.py", "import uuid")])


@pytest.mark.parametrize(
    "text",
    ["func.now()", "sa.func.current_timestamp()", "'SELECT clock_timestamp()'", "text('SET b = NOW()')"],
)
def test_the_check_sees_sql_that_asks_for_the_time(text: str) -> None:
    assert findings(sql_clocks, [Source("platform/tongbao_platform/storage/write.py", f"x = {text}")])
    assert findings(sql_clocks, [Source(_SQL_CLOCK_PORT, f"x = {text}")]) == []


def test_the_check_lets_docstrings_speak_of_the_time() -> None:
    assert findings(sql_clocks, [Source("a.py", '"""The time is clock_timestamp()."""')]) == []
