"""What is installed is locked by hash, and the locks agree with what the packages declare."""

import re
import tomllib
from typing import Final

from tests.architecture.code_base import ROOT

_FOLDER: Final = ROOT / "requirements"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def names(lines: list[str]) -> set[str]:
    """Return the package names of requirement lines, without versions and comments."""
    found = (_NAME.match(line) for line in lines)
    return {match[0].lower() for match in found if match}


def declared(pyproject: str) -> set[str]:
    project = tomllib.loads((ROOT / pyproject).read_text(encoding="utf-8"))["project"]
    return names(project["dependencies"])


def pins(text: str) -> dict[str, str]:
    """Return name to version of a lock file."""
    return dict(_PIN.findall(text))


def unhashed(text: str) -> list[str]:
    """Return the names of a lock file that are pinned without a hash."""
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    return [block.split("==")[0] for block in blocks if _PIN.match(block) and "--hash=sha256:" not in block]


def lock(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def test_the_runtime_list_is_what_the_packages_declare() -> None:
    listed = names(lock("runtime.in").splitlines())
    assert listed == declared("pyproject.toml")
    assert declared("sdk/python/pyproject.toml") <= listed


def test_the_locks_hold_every_listed_package() -> None:
    assert names(lock("runtime.in").splitlines()) <= pins(lock("runtime.txt")).keys()
    assert names(lock("dev.in").splitlines()) <= pins(lock("dev.txt")).keys()


def test_both_locks_pin_the_same_versions() -> None:
    assert pins(lock("runtime.txt")).items() <= pins(lock("dev.txt")).items()


def test_every_pin_has_its_hash_and_no_lock_names_an_index() -> None:
    for name in ("runtime.txt", "dev.txt"):
        assert unhashed(lock(name)) == []
        assert not re.search(r"://|^\s*--(?!hash)", lock(name), re.MULTILINE)


def test_the_check_sees_a_pin_without_hash() -> None:
    assert unhashed("# head\na==1 \\\n    --hash=sha256:00\nb==2\n    # via a\nc==3 \\\n    --hash=sha256:00\n") == [
        "b"
    ]
    assert pins("a==1.2 ; python_version < '3.12' \\\n    --hash=sha256:00\n") == {"a": "1.2"}
