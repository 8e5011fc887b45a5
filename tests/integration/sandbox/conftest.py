"""Sandboxes for tests: small, on a free port, in a folder of their own."""

from pathlib import Path

import pytest

from tongbao_sandbox.options import SandboxOptions


@pytest.fixture
def options(empty_database_url: str, tmp_path: Path) -> SandboxOptions:
    """Give options for a new sandbox; the test runs once on SQLite and once on PostgreSQL."""
    return SandboxOptions(port=0, database_url=empty_database_url, state_file=tmp_path / "sandbox.json")


@pytest.fixture
def sqlite_options(tmp_path: Path) -> SandboxOptions:
    """Give options for a new sandbox on SQLite."""
    url = f"sqlite:///{tmp_path / 'sandbox.db'}"
    return SandboxOptions(port=0, database_url=url, state_file=tmp_path / "sandbox.json")
