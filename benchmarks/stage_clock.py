"""Where one thread's time goes: a stack of stages, each charged with what it spends itself, without those inside it.

Stages are wrapped around functions from outside. A coroutine's stage runs only while the coroutine does: it ends at
every wait and begins again at the resumption, so that waiting costs nothing and other requests are not charged.

Reading a thread's processor time costs a system call, reading the time hardly anything. So stages are measured by the
time, and whole stretches between two waits by both: ``stolen`` is the share of those stretches in which other
programs had the processor, and each stage is reduced by it.
"""

import contextlib
import functools
import inspect
import time
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final

import msgspec

_CALIBRATION_CALLS: Final = 20_000


class Spent(msgspec.Struct, frozen=True):
    """What a stage has used: ``nanoseconds`` of processor time, and how often it was entered (``calls``).

    ``cost`` is the part of it that measuring itself took, as calibrated with functions that do nothing.
    """

    nanoseconds: float
    calls: int
    cost: float

    def without_cost(self, factor: float = 1.0) -> float:
        """Return the nanoseconds without ``factor`` times the cost of measuring, which is higher amid real work."""
        return max(0.0, self.nanoseconds - factor * self.cost)


class StageClock:
    """Measures the thread that it is used on, while it is ``running``.

    ``now`` and ``processor`` tell the time and the thread's processor time in nanoseconds.
    """

    def __init__(
        self, now: Callable[[], int] = time.perf_counter_ns, processor: Callable[[], int] = time.thread_time_ns
    ) -> None:
        self.running = False
        self._now = now
        self._processor = processor
        self._stack: list[str] = []
        self._mark = 0
        self._stretch_began = (0, 0)
        self._plain_cost = self._waiting_cost = _Cost(0.0, 0.0)
        self.clear()
        self._plain_cost, self._waiting_cost = self._calibrated()

    def clear(self) -> None:
        """Forget what was measured."""
        self._found: dict[str, _Account] = {}
        self._stretches = [0, 0]

    def enter(self, stage: str, *, waits: bool = False) -> None:
        """Begin a stage inside the one that runs; ``waits`` for a coroutine's, which costs more to measure."""
        moment = self._now()
        stack = self._stack
        if stack:
            outer = self._found[stack[-1]]
            outer.nanoseconds += moment - self._mark
            if waits:
                outer.inner_waiting += 1
            else:
                outer.inner_plain += 1
        else:
            self._stretch_began = (moment, self._processor())
        account = self._found.get(stage)
        if account is None:
            account = self._found[stage] = _Account()
        if waits:
            account.waiting += 1
        else:
            account.plain += 1
        stack.append(stage)
        self._mark = self._now()

    def leave(self) -> None:
        """End the stage that was entered last."""
        moment = self._now()
        stack = self._stack
        self._found[stack.pop()].nanoseconds += moment - self._mark
        if not stack:
            began, processor = self._stretch_began
            self._stretches[0] += self._now() - began
            self._stretches[1] += self._processor() - processor
        self._mark = self._now()

    @property
    def stolen(self) -> float:
        """The share of the stages' time in which the processor did something else."""
        lasted, worked = self._stretches
        return max(0.0, 1 - worked / lasted) if lasted else 0.0

    def spent(self) -> dict[str, Spent]:
        """Return what each stage used itself, and how much of that is the cost of measuring."""
        kept = 1 - self.stolen
        return {stage: self._spent(account, kept) for stage, account in self._found.items()}

    def _spent(self, account: "_Account", kept: float) -> Spent:
        plain, waiting = self._plain_cost, self._waiting_cost
        cost = (
            account.plain * plain.inside
            + account.waiting * waiting.inside
            + account.inner_plain * plain.outside
            + account.inner_waiting * waiting.outside
        )
        return Spent(account.nanoseconds * kept, account.plain + account.waiting, cost)

    def stage(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, plain or a coroutine function, charged to the stage ``name`` while the clock runs."""
        return self.stage_by(lambda *_: name, function)

    def stage_by(self, name_of: Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        """Do as ``stage`` does, with a name made from the arguments of each call."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            def staged_wait(*args: Any, **kwargs: Any) -> Awaitable[Any]:  # noqa: ANN401 - anything may be a stage
                if not self.running:
                    return function(*args, **kwargs)  # type: ignore[no-any-return]  # whatever the stage returns
                return self._in_stages(name_of(*args), function(*args, **kwargs))

            return staged_wait

        @functools.wraps(function)
        def staged(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - anything may be a stage
            if not self.running:
                return function(*args, **kwargs)
            self.enter(name_of(*args))
            try:
                return function(*args, **kwargs)
            finally:
                self.leave()

        return staged

    @types.coroutine
    def _in_stages(self, name: str, inner: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401 - any coroutine
        """Drive a coroutine, in its stage from each resumption to the next wait."""
        resume, value = inner.send, None
        while True:
            self.enter(name, waits=True)
            try:
                waited_for = resume(value)
            except StopIteration as done:
                return done.value
            finally:
                self.leave()
            try:
                value = yield waited_for
                resume = inner.send
            except BaseException as thrown:  # noqa: BLE001 - handed to the coroutine, as it would be without a stage
                resume, value = inner.throw, thrown

    def _calibrated(self) -> "tuple[_Cost, _Cost]":
        """Measure what entries cost, with functions that do nothing."""
        self.running = True
        for name, repeat, function in (("plain", _call, _nothing), ("waiting", _await, _wait_for_nothing)):
            self._drive(f"bare {name}", repeat, function)
            self._drive(f"around {name}", repeat, self.stage(name, function))
        self._drive("loop", _loop, _nothing)
        self.running = False
        found, loop = self._found, self._found["loop"].nanoseconds
        self.clear()
        costs = []
        for name in ("plain", "waiting"):
            bare, around, inside = (found[key].nanoseconds for key in (f"bare {name}", f"around {name}", name))
            costs.append(_Cost((inside - (bare - loop)) / _CALIBRATION_CALLS, (around - loop) / _CALIBRATION_CALLS))
        return costs[0], costs[1]

    def _drive(self, name: str, repeat: Callable[..., Any], function: Callable[..., Any]) -> None:
        """Run ``repeat(function)``, which never waits, as the stage ``name``."""
        with contextlib.suppress(StopIteration):
            self.stage(name, repeat)(function).send(None)


def _nothing() -> None:
    return None


async def _wait_for_nothing() -> None:
    return None


async def _loop(function: Callable[..., Any]) -> None:
    del function
    for _ in range(_CALIBRATION_CALLS):
        pass


async def _call(function: Callable[..., Any]) -> None:
    for _ in range(_CALIBRATION_CALLS):
        function()


async def _await(function: Callable[..., Any]) -> None:
    for _ in range(_CALIBRATION_CALLS):
        await function()


class _Account:
    """What one stage has used, how often it was entered, and how often others were entered directly from it."""

    __slots__ = ("inner_plain", "inner_waiting", "nanoseconds", "plain", "waiting")

    def __init__(self) -> None:
        self.nanoseconds = 0
        self.plain = self.waiting = self.inner_plain = self.inner_waiting = 0


class _Cost(msgspec.Struct, frozen=True):
    """Nanoseconds that one entry of a stage adds to itself and to the stage around it."""

    inside: float
    outside: float
