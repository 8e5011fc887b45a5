"""A database whose write session fails on purpose at named points."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tongbao_platform.storage.database import Database
from tongbao_platform.storage.session import WriteSession

T = TypeVar("T")


class FaultyDatabase:
    """Wraps a database; ``plan`` is asked before and after each session method and may raise."""

    def __init__(self, inner: Database, plan: Callable[[str], None]) -> None:
        self._inner = inner
        self._plan = plan
        self.reads = inner.reads
        self.has_own_clock = inner.has_own_clock
        self.opened = 0

    async def open_session(self) -> WriteSession:
        self.opened += 1
        self._plan("before open")
        session: Any = FaultySession(await self._inner.open_session(), self._plan)
        return session  # type: ignore[no-any-return]  # it forwards every method by name

    async def perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await self._inner.perform(work)

    async def close(self) -> None:
        await self._inner.close()


class FaultySession:
    """Forwards to a real session, with the plan's faults around each call."""

    waits_elsewhere: bool

    def __init__(self, inner: WriteSession, plan: Callable[[str], None]) -> None:
        self.waits_elsewhere = inner.waits_elsewhere
        self._inner = inner
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        async def call(*args: Any, **options: Any) -> Any:
            self._plan(f"before {name}")
            result = await method(*args, **options)
            self._plan(f"after {name}")
            return result

        return call


class Once:
    """Raises ``fault`` the first ``times`` times a point is reached."""

    def __init__(self, point: str, fault: Exception, times: int = 1) -> None:
        self._point = point
        self._fault = fault
        self._left = times
        self.armed = False

    def __call__(self, point: str) -> None:
        if self.armed and point == self._point and self._left:
            self._left -= 1
            raise self._fault
