"""Both clients over the in-memory platform, driven by the same tests."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.unit.sdk.fake_platform import BASE_URL, CLIENT_ID, CLIENT_KEY, CREATE, FakePlatform, TestClock
from tongbao import AsyncTongbao, Tongbao
from tongbao._http import AsyncDriver, BlockingDriver


class Caller:
    """Calls a client of one kind; ``call("payments.create", …)`` returns the result whatever the kind."""

    def __init__(self, kind: str, platform: FakePlatform, clock: TestClock) -> None:
        self.kind = kind
        self.platform = platform
        self.clock = clock
        self.client: Any = self.make()

    def make(self, **settings: Any) -> Any:
        chosen = {
            "base_url": BASE_URL,
            "client_id": CLIENT_ID,
            "private_key": json.loads(CLIENT_KEY.export_private()),
            "environment": self.clock.environment(),
            **settings,
        }
        if self.kind == "blocking":
            transport = httpx.MockTransport(self.platform.handle)
            client: Any = Tongbao(http_client=httpx.Client(transport=transport), **chosen)
            self._driver(client, BlockingDriver)
            return client
        client = AsyncTongbao(
            http_client=httpx.AsyncClient(transport=httpx.MockTransport(self.platform.handle_async)), **chosen
        )
        self._driver(client, AsyncDriver)
        return client

    def _driver(self, client: Any, kind: type[BlockingDriver] | type[AsyncDriver]) -> None:
        async def sleep(seconds: float) -> None:
            self.clock.sleep(seconds)

        client._link.driver._sleep = self.clock.sleep if kind is BlockingDriver else sleep

    def call(self, name: str, *args: Any, client: Any = None, **kwargs: Any) -> Any:
        target = client or self.client
        for part in name.split("."):
            target = getattr(target, part)
        return self.run(lambda: target(*args, **kwargs))

    def create(self, **kwargs: Any) -> Any:
        return self.call("payments.create", **{**CREATE, **kwargs})

    def run(self, action: Callable[[], Any]) -> Any:
        if self.kind == "blocking":
            return action()

        async def main() -> Any:
            return await action()

        return asyncio.run(main())

    def collect(self, listing: Callable[[], Any]) -> list[Any]:
        """Iterate over a list to its end."""
        if self.kind == "blocking":
            return list(listing())

        async def main() -> list[Any]:
            return [item async for item in listing()]

        return asyncio.run(main())


@pytest.fixture
def clock() -> TestClock:
    """Return a clock that stands still."""
    return TestClock()


@pytest.fixture
def platform(clock: TestClock) -> FakePlatform:
    """Return the platform in memory."""
    return FakePlatform(clock)


@pytest.fixture(params=["blocking", "asynchronous"])
def caller(request: pytest.FixtureRequest, platform: FakePlatform, clock: TestClock) -> Caller:
    """Return a caller of each kind of client."""
    return Caller(request.param, platform, clock)
