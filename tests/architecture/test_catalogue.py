"""Importing ``processes/catalogue.py`` alone fills the metadata: no table is forgotten when a database is migrated."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.code_base import PLATFORM, ROOT, Source, sources

_REPORT = (
    "import importlib, sys\n"
    "from tongbao_platform.processes.catalogue import metadata\n"
    "known = set(metadata().tables)\n"
    "for name in sys.argv[1:]: importlib.import_module(name)\n"
    "print(*sorted(set(metadata().tables) - known))\n"
)


def modules_with_tables(files: list[Source]) -> list[str]:
    """Return the dotted names of modules that declare tables."""
    found = [file.path.removeprefix("platform/").removesuffix(".py") for file in files if "= Table(" in file.text]
    return [name.replace("/", ".") for name in found]


def forgotten_tables(modules: list[str]) -> list[str]:
    """Return the tables of ``modules`` that the catalogue does not know by itself, asked in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, *modules],
        env={"PYTHONPATH": str(PLATFORM.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_catalogue_knows_every_table() -> None:
    assert forgotten_tables(modules_with_tables(list(sources(PLATFORM)))) == []


def test_the_check_sees_a_forgotten_table(tmp_path: Path) -> None:
    stray = "import sqlalchemy as sa\nfrom tongbao_platform.storage.metadata import METADATA\n"
    (tmp_path / "stray.py").write_text(f"{stray}STRAY = sa.Table('stray', METADATA)\n", encoding="utf-8")
    loader = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", loader + _REPORT, "stray"],
        env={"PYTHONPATH": str(PLATFORM.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["stray"]


def test_the_check_finds_the_modules_that_declare_tables() -> None:
    files = [
        Source("platform/tongbao_platform/ledger/tables.py", "A = Table('a', METADATA)"),
        Source("platform/tongbao_platform/ledger/model.py", "class Account: ..."),
    ]
    assert modules_with_tables(files) == ["tongbao_platform.ledger.tables"]
