"""The import contracts of ``pyproject.toml`` hold, each of them can break, and no import hides inside a function."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.architecture.code_base import PLATFORM, ROOT, Source, findings, sources

_IMPORT_ROOTS: Final = ("platform", "sdk/python/src", "sandbox", "developer_portal")
_PROGRAM: Final = "from importlinter.cli import lint_imports_command; lint_imports_command()"


class Lint(NamedTuple):
    """What import-linter answered."""

    ok: bool
    output: str


def lint(root: Path, *contracts: str) -> Lint:
    """Run import-linter on the tree below ``root`` with this repository's contracts (all, or those named)."""
    named = [word for contract in contracts for word in ("--contract", contract)]
    config = ["--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "--no-cache", "--no-logo", *config, *named],
        cwd=root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(str(root / folder) for folder in _IMPORT_ROOTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Lint(done.returncode == 0, done.stdout + done.stderr)


def hidden_imports(file: Source) -> Iterator[str]:
    """Yield imports inside functions, and imports made by calling a function."""
    for node in ast.walk(file.tree()):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        yield f"{inner.lineno}: imports inside a function"
            case ast.Name(id="__import__") | ast.Attribute(attr="import_module"):
                yield f"{node.lineno}: imports by calling a function"
            case ast.ImportFrom(module="importlib", names=names) if any(n.name == "import_module" for n in names):
                yield f"{node.lineno}: imports by calling a function"


# One planted import for each contract, most with a second way in: contract, importing file, imported module.
PLANTED: Final = (
    ("layers", "tongbao_platform.kernel.money", "tongbao_platform.storage.rows"),
    ("layers", "tongbao_platform.domain.payments.create", "tongbao_platform.delivery.send"),
    ("layers", "tongbao_platform.api.v1.payments", "tongbao_platform.authorization.token"),
    ("layers", "tongbao_platform.api.v1.payments", "tongbao_platform.settings"),
    ("layers", "tongbao_platform.ledger.model", "tongbao_platform.outbox.event"),
    ("layers", "tongbao_platform.stray.module", "tongbao_platform.kernel.money"),
    ("no-rings", "tongbao_platform.domain.refunds.create", "tongbao_platform.domain.payments.create"),
    ("no-rings", "tongbao_platform.kernel.errors", "tongbao_platform.kernel.money"),
    ("pure-core", "tongbao_platform.domain.payments.create", "httpx"),
    ("pure-core", "tongbao_platform.ledger.model", "cryptography.hazmat"),
    ("pure-core", "tongbao_platform.risk.decide", "litestar"),
    ("rules-without-sql", "tongbao_platform.domain.payments.create", "sqlalchemy.orm"),
    ("rules-without-sql", "tongbao_platform.domain.payments.model", "tongbao_platform.storage.rows"),
    ("pure-values", "tongbao_platform.domain.payments.states", "tongbao_platform.domain.payments.store"),
    ("pure-values", "tongbao_platform.risk.rules.amount", "sqlalchemy"),
    ("web-without-sql", "tongbao_platform.api.v1.payments", "sqlalchemy"),
    ("web-without-sql", "tongbao_platform.http.authorize", "tongbao_platform.storage.rows"),
    ("web-without-sql", "tongbao_platform.web.checkout", "tongbao_platform.domain.payments.store"),
    ("jose-at-home", "tongbao_platform.http.authorize", "jwcrypto.jwk"),
    ("jose-at-home", "tongbao_platform.channels.qr.client", "authlib.jose"),
    ("registries", "tongbao_platform.domain.payments.create", "tongbao_platform.channels.qr.client"),
    ("registries", "tongbao_platform.risk.decide", "tongbao_platform.risk.rules.amount"),
    ("sdk-stranger", "tongbao.client", "tongbao_platform.kernel.money"),
    ("sdk-stranger", "tongbao.client", "sqlalchemy"),
    ("platform-stranger", "tongbao_platform.processes.serve", "tongbao_sandbox.bank"),
    ("platform-stranger", "tongbao_platform.delivery.send", "tongbao.client"),
)
# What the tree below holds when all contracts are kept: file and imported modules.
KEPT: Final = (
    ("tongbao_platform.kernel.money", "tongbao_platform.kernel.errors"),
    ("tongbao_platform.kernel.errors", ""),
    ("tongbao_platform.storage.rows", "sqlalchemy"),
    ("tongbao_platform.ledger.model", "tongbao_platform.kernel.money"),
    ("tongbao_platform.outbox.event", ""),
    ("tongbao_platform.channels.port", ""),
    ("tongbao_platform.channels.registry", "tongbao_platform.channels.qr.client"),
    ("tongbao_platform.channels.qr.client", "tongbao_platform.channels.port"),
    ("tongbao_platform.risk.decide", "tongbao_platform.risk.registry"),
    ("tongbao_platform.risk.registry", "tongbao_platform.risk.rules.amount"),
    ("tongbao_platform.risk.rules.amount", ""),
    ("tongbao_platform.domain.payments.model", "tongbao_platform.kernel.money"),
    ("tongbao_platform.domain.payments.states", "tongbao_platform.domain.payments.model"),
    ("tongbao_platform.domain.payments.tables", "sqlalchemy"),
    ("tongbao_platform.domain.payments.store", "tongbao_platform.domain.payments.tables"),
    ("tongbao_platform.domain.payments.create", "tongbao_platform.domain.payments.states"),
    ("tongbao_platform.domain.payments.settle", "tongbao_platform.domain.refunds.create"),
    ("tongbao_platform.domain.refunds.create", ""),
    ("tongbao_platform.delivery.send", "httpx"),
    ("tongbao_platform.http.authorize", "litestar"),
    ("tongbao_platform.authorization.token", "authlib"),
    ("tongbao_platform.web.checkout", "tongbao_platform.domain.payments.create"),
    ("tongbao_platform.api.v1.payments", "tongbao_platform.http.authorize"),
    ("tongbao_platform.settings", ""),
    ("tongbao_platform.processes.serve", "tongbao_platform.settings"),
    ("tongbao_sandbox.bank", "tongbao_platform.channels.port"),
    ("tongbao_portal.console", "tongbao_platform.kernel.money"),
    ("tongbao.client", "httpx"),
)


def plant(root: Path, importer: str, imported: str) -> None:
    """Add to the module ``importer`` below ``root`` an import of ``imported`` (nothing when empty)."""
    package, *inner = importer.split(".")
    homes = {"tongbao_platform": "platform", "tongbao": "sdk/python/src", "tongbao_sandbox": "sandbox"}
    folder = root / homes.get(package, "developer_portal") / package
    for name in ["", *inner[:-1]]:
        folder = folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    with (folder / f"{inner[-1]}.py").open("a", encoding="utf-8") as file:
        file.write(f"import {imported}\n" if imported else "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for importer, imported in KEPT:
        plant(tmp_path, importer, imported)
    return tmp_path


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.ok, result.output


def test_no_import_hides_in_a_function() -> None:
    assert findings(hidden_imports, sources(PLATFORM)) == []


def test_a_tree_that_keeps_the_rules_passes(tree: Path) -> None:
    result = lint(tree)
    assert result.ok, result.output


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_a_planted_violation_breaks_its_contract(tree: Path, contract: str, importer: str, imported: str) -> None:
    plant(tree, importer, imported)
    result = lint(tree, contract)
    assert not result.ok
    assert "BROKEN" in result.output


def test_every_contract_has_a_planted_violation() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"] for contract in config["tool"]["importlinter"]["contracts"]}
    assert {contract for contract, _, _ in PLANTED} == contracts


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import os",
        "class A:\n    async def f(self):\n        if self:\n            from os import path",
        "import importlib\nimportlib.import_module('os')",
        "from importlib import import_module",
        "__import__('os')",
    ],
)
def test_the_check_sees_a_hidden_import(text: str) -> None:
    assert len(findings(hidden_imports, [Source("a.py", text)])) == 1


def test_the_check_lets_imports_at_the_top_pass() -> None:
    assert findings(hidden_imports, [Source("a.py", "import os\nfrom sys import path\n")]) == []
