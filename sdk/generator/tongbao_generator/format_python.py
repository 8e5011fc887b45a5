"""Formats Python with the pinned ruff, so that the formatting is part of what regenerating must reproduce."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_STYLE = ("line-length=120", "target-version='py311'", "lint.isort.known-first-party=['tongbao']")
_ROOT = Path(__file__).resolve().parents[3]


class RuffMissing(Exception):
    """The formatter is not installed."""


def format_python(sources: dict[str, str]) -> dict[str, str]:
    """Return ``sources`` (path to text) without unused imports, imports sorted, formatted; order does not matter."""
    ruff = _find_ruff()
    # Not the repository's configuration: it leaves generated code alone, and the output must not depend on it.
    config = ["--isolated", "--quiet", "--no-cache", *(part for item in _STYLE for part in ("--config", item))]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in sources.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for arguments in (["check", "--fix", "--exit-zero", "--select", "I001,F401,TC005"], ["format"]):
            subprocess.run([ruff, *arguments, *config, folder], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own formatter, fixed arguments
        return {name: Path(folder, name).read_text(encoding="utf-8") for name in sources}


def _find_ruff() -> str:
    beside = Path(sys.executable).with_name("ruff")
    for candidate in (beside, _ROOT / ".venv" / "bin" / "ruff"):
        if candidate.exists():
            return str(candidate)
    found = shutil.which("ruff")
    if found is None:
        raise RuffMissing("ruff is not installed; run `make setup`")
    return found
