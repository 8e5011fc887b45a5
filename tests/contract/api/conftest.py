"""The API over real parts, on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.api.world import World, running_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Give the running API with two merchants."""
    async with running_world(database_url) as running:
        yield running


@pytest.fixture
async def one_world(sqlite_url: str) -> AsyncIterator[World]:
    """Give the running API on SQLite only, for what has nothing to do with the database."""
    async with running_world(sqlite_url) as running:
        yield running
