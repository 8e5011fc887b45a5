"""Servers for tests: wired as in production, on both databases."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.factories.servers import ServerProcess, WiredServer, environment_for, settings_for, wired_server

StartProcess = Callable[..., ServerProcess]


@pytest.fixture
async def wired(database_url: str, tmp_path: Path) -> AsyncIterator[WiredServer]:
    """Give the wired server without a socket, on SQLite and on PostgreSQL."""
    async with wired_server(settings_for(database_url, tmp_path)) as server:
        yield server


@pytest.fixture
async def one_wired(sqlite_url: str, tmp_path: Path) -> AsyncIterator[WiredServer]:
    """Give the wired server without a socket on SQLite, for what has nothing to do with the database."""
    async with wired_server(settings_for(sqlite_url, tmp_path)) as server:
        yield server


@pytest.fixture
def server_process(tmp_path: Path) -> Iterator[StartProcess]:
    """Give a function that makes server processes on prepared databases; what still runs at the end is killed."""
    made: list[ServerProcess] = []

    def make(database_url: str, **changes: str) -> ServerProcess:
        process = ServerProcess(environment_for(database_url, tmp_path, **changes), tmp_path)
        made.append(process)
        return process

    yield make
    for process in made:
        process.close()
