"""A sender as the sandbox has it."""

from collections.abc import AsyncIterator

import pytest

from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.sender import Sender


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with open_sender(AddressGuard(loopback_allowed=True), SenderLimits()) as opened:
        yield opened
