"""The hosted checkout on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.factories.checkout_world import World, checkout_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Give a running checkout with a shop and its customers."""
    async with checkout_world(database_url) as running:
        yield running
