"""Names that say something, a docstring at the top of each file, and no package that shadows the standard library."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.architecture.code_base import PACKAGES, ROOT, SOURCES, TESTS, Source, findings, sources

EMPTY_WORDS: Final = frozenset("util utils helper helpers common misc manager managers".split())
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> set[str]:
    """Split ``snake_case`` and ``CamelCase`` into lower-case words."""
    return {word.lower() for word in _WORDS.findall(name)}


def empty_names(file: Source) -> Iterator[str]:
    for part in file.path.removesuffix(".py").split("/"):
        if words_of(part) & EMPTY_WORDS:
            yield f"1: the name {part!r} says nothing"
    for node in ast.walk(file.tree()):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                # A test's name is a sentence and may speak of a password manager.
                if words_of(name) & EMPTY_WORDS and not name.startswith("test_"):
                    yield f"{node.lineno}: the name {name!r} says nothing"


def missing_docstring(file: Source) -> Iterator[str]:
    if not ast.get_docstring(file.tree()):
        yield "1: no docstring"


def folders_without_init(folders: Iterable[Path]) -> list[str]:
    """Return packages that tools would overlook: a folder of modules without ``__init__.py`` has no import contract.

    Migrations are loaded by path and stay outside.
    """
    modules = (path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts)
    return sorted({str(path.parent) for path in modules if not (path.parent / "__init__.py").exists()})


def test_names_say_something() -> None:
    assert findings(empty_names, sources(*SOURCES, TESTS)) == []


def test_every_file_has_a_docstring() -> None:
    assert findings(missing_docstring, sources(*SOURCES, TESTS)) == []


def test_every_package_has_its_init() -> None:
    assert folders_without_init(PACKAGES) == []


def test_platform_is_not_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_the_standard_library_platform_is_found_from_the_root() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import platform; platform.system()"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_check_sees_empty_names() -> None:
    assert findings(empty_names, [Source("a/payment.py", "class Commonwealth: ...\n")]) == []
    assert findings(empty_names, [Source("a/token_utils.py", "")]) == [
        "a/token_utils.py:1: the name 'token_utils' says nothing"
    ]
    assert findings(empty_names, [Source("common/a.py", "")]) == ["common/a.py:1: the name 'common' says nothing"]
    assert findings(empty_names, [Source("a.py", "def test_a_password_manager_works(): ...\n")]) == []
    bad = Source("a.py", "class HTTPManager: ...\n")
    assert findings(empty_names, [bad]) == ["a.py:1: the name 'HTTPManager' says nothing"]


def test_the_check_sees_a_missing_docstring() -> None:
    assert findings(missing_docstring, [Source("ok.py", '"""Says what."""\n')]) == []
    assert findings(missing_docstring, [Source("bad.py", "x = 1\n")]) == ["bad.py:1: no docstring"]


def test_the_check_sees_a_folder_without_init(tmp_path: Path) -> None:
    for folder in ("seen", "unseen", "migrations"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "module.py").touch()
    (tmp_path / "seen" / "__init__.py").touch()
    assert folders_without_init([tmp_path]) == [str(tmp_path / "unseen")]
