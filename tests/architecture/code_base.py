"""Where the source is, and how the checks of this folder read it."""

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PLATFORM: Final = ROOT / "platform" / "tongbao_platform"
SDK: Final = ROOT / "sdk" / "python" / "src" / "tongbao"
GENERATOR: Final = ROOT / "sdk" / "generator"
SANDBOX: Final = ROOT / "sandbox" / "tongbao_sandbox"
PORTAL: Final = ROOT / "developer_portal" / "tongbao_portal"
TESTS: Final = ROOT / "tests"
BENCHMARKS: Final = ROOT / "benchmarks"

PACKAGES: Final = (PLATFORM, SDK, SANDBOX, PORTAL)
SOURCES: Final = (*PACKAGES, GENERATOR, BENCHMARKS)
GENERATED: Final = SDK / "generated"


class Source(NamedTuple):
    """One Python file: its path from the repository's root with forward slashes, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Return the file's name, e.g. ``states.py``."""
        return self.path.rsplit("/", 1)[-1]

    def tree(self) -> ast.Module:
        """Return the parsed file."""
        return ast.parse(self.text, self.path)


Check = Callable[[Source], Iterator[str]]


def sources(*folders: Path) -> Iterator[Source]:
    """Yield every hand-written Python file below ``folders``, in order."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if not path.is_relative_to(GENERATED):
                yield Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def findings(check: Check, files: Iterator[Source] | Sequence[Source]) -> list[str]:
    """Return what ``check`` has to say about ``files``, each as ``path:line: words``."""
    return [f"{file.path}:{finding}" for file in files for finding in check(file)]


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything a file imports; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module or ''}.{alias.name}"


def is_within(name: str, package: str) -> bool:
    """Tell whether the dotted ``name`` is ``package`` or lies inside it."""
    return name == package or name.startswith(package + ".")
