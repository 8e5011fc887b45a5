"""Simulated server processes on one store: committer, relay, dispatcher, workers. They die, and others come."""

import asyncio
import contextlib
import contextvars
import hashlib
from collections.abc import Coroutine, Mapping
from random import Random
from typing import Any, NamedTuple

from tests.factories.rows import START
from tests.factories.simulation_bank import Ask, command_of, context_of
from tests.factories.simulation_database import SimulatedDatabase, SimulatedReader, Store
from tests.factories.simulation_faults import Faults
from tests.factories.simulation_loop import LoopClock, Stalled, VirtualLoop
from tests.factories.simulation_receiver import Receivers
from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.delivery.dispatcher import Dispatcher, DispatcherParts
from tongbao_platform.delivery.relay import Relay, RelayParts
from tongbao_platform.delivery.sender import SendResult
from tongbao_platform.domain.payments import expire, expire_hold
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context, Outcome
from tongbao_platform.execution.tools import Tools
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.kernel.ids import seeded_ids
from tongbao_platform.processes.catalogue import registry
from tongbao_platform.processes.worker import Job, Worker

# Deliveries are given up after three days and a half.
MOST_TURNS = 200
_HOME: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("process", default=None)
_REGISTRY = registry()


class Lost(Exception):
    """The process died, or its answer did not arrive: what became of the request is not known."""


def _same(row: str, octets: bytes) -> bytes:
    del row
    return octets


class World(NamedTuple):
    """What outlives a process."""

    loop: VirtualLoop
    random: Random
    faults: Faults
    store: Store
    receivers: Receivers
    vault: Vault


class Process:
    """One server process. ``crash`` ends it at the point where it is called."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self.alive = True
        self.died = asyncio.Event()
        # In the order of their making: a set would cancel them in the order of their addresses.
        self.tasks: dict[asyncio.Task[Any], None] = {}
        clock = LoopClock(START, world.loop.time)
        self.ids = seeded_ids(clock, seed)
        self.clock = clock
        self.database = SimulatedDatabase(world.store, self, world.faults)
        self.reader = SimulatedReader(world.store, self, world.faults)
        tools = Tools(_REGISTRY, self.ids, clock, livemode=False, seal=_same, unseal=_same)
        self.nudge = asyncio.Event()
        self.committer = Committer(
            self.database, tools, on_commit=lambda _: self.nudge.set(), monotonic=world.loop.time
        )
        self.relay = Relay(
            RelayParts(
                committer=self.committer, reader=self.reader, ids=self.ids, render_data=render_snapshot, livemode=False
            )
        )
        self.dispatcher = Dispatcher(
            DispatcherParts(
                committer=self.committer,
                reader=self.reader,
                sender=self,
                vault=world.vault,
                clock=clock,
                ids=self.ids,
            )
        )
        self._home = contextvars.copy_context()
        self._home.run(_HOME.set, self)

    def start(self) -> None:
        """Start the committer and the workers."""
        self._home.run(self.committer.start)
        self.worker = Worker(
            [
                Job(name="relay", every_seconds=0.5, run=self.relay.relay_once, nudged=self.nudge, rest_seconds=0.1),
                Job(
                    name="dispatch",
                    every_seconds=0.5,
                    run=self.dispatcher.start_due,
                    nudged=self.dispatcher.wake,
                    rest_seconds=0.1,
                ),
                Job(name="expire", every_seconds=5.0, run=self.expire_due),
            ]
        )
        self._home.run(self.worker.start)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run ``work`` inside the process: it ends with it."""
        return self._world.loop.create_task(work, context=self._home)

    async def ask(self, ask: Ask) -> Outcome:
        """Put a question to the platform."""
        operation, command = command_of(ask, self.ids, self.clock.now())
        return await self.committer.run(operation, command, context_of(ask))

    async def expire_due(self) -> int:
        """Do the expiry workers' job once; return how much there was to do."""
        done = 0
        for verb, command in ((expire, expire.ExpirePayment), (expire_hold, expire_hold.ExpireHold)):
            context = Context(actor=f"worker:{verb.__name__}")
            for payment_id in await verb.due(self.reader, self.clock.now(), 200):
                await self.committer.run(verb, command(payment_id=payment_id), context)
                done += 1
        return done

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        """Send a webhook (``delivery.sender.Sender``); the process may die when it has arrived."""
        result = await self._world.receivers.receive(url, headers, body, deadline_seconds)
        if not self.alive:
            raise asyncio.CancelledError
        if self._world.faults.draw("after sending") is not None:
            await self.crash()
        return result

    async def crash(self) -> None:
        """Die: the connection breaks, nothing of the process runs on, and nobody hears from it again."""
        if self.alive:
            self.alive = False
            self.database.abandon()
            self.died.set()
            for task in list(self.tasks):
                task.cancel()
        raise asyncio.CancelledError

    async def stop(self) -> None:
        """End in good order."""
        await self.worker.stop()
        await self.dispatcher.drain()
        await self.committer.stop()


def remember_home(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    """Make a task and note in which process it lives (a task factory)."""
    context = options.get("context")
    home = context.get(_HOME) if context is not None else _HOME.get()
    if home is not None and not home.alive:
        work.close()
        raise asyncio.CancelledError
    task = asyncio.Task(work, loop=loop, **options)
    if home is not None:
        home.tasks[task] = None
        task.add_done_callback(lambda ended: home.tasks.pop(ended, None))
    return task


class Cluster:
    """Keeps one process running on the store: when it dies, another starts a little later."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crashes = 0
        self._starts = 0
        self._serving: asyncio.Event = asyncio.Event()
        self.process = self._new()
        self._keeper = world.loop.create_task(self._keep())

    def _new(self) -> Process:
        self._starts += 1
        process = Process(self.world, self.world.random.getrandbits(32))
        process.start()
        self._serving.set()
        return process

    async def _keep(self) -> None:
        while True:
            await self.process.died.wait()
            self._serving.clear()
            self.crashes += 1
            await asyncio.sleep(self.world.faults.seconds(2.0))
            self.process = self._new()

    async def serving(self) -> Process:
        """Return the process that serves, waiting for it."""
        await self._serving.wait()
        return self.process

    async def ask(self, ask: Ask, patience_seconds: float) -> Outcome:
        """Put a question over the network; raise ``Lost`` when no answer comes, or a ``PlatformFault``."""
        process = await self.serving()
        await asyncio.sleep(self.world.faults.seconds(0.005))
        if not process.alive:
            raise Lost("connection refused")
        asked = process.spawn(process.ask(ask))
        await asyncio.wait({asked}, timeout=patience_seconds)
        if not asked.done():
            # The client has gone; the server does not notice.
            asked.add_done_callback(_forget)
            raise Lost("no answer in time")
        if asked.cancelled():
            raise Lost("connection lost")
        return asked.result()  # type: ignore[no-any-return]  # a Task of Any

    async def settle(self) -> None:
        """Let everything that was begun come to its end: expiry, relay, deliveries."""
        idle = 0
        for turn in range(MOST_TURNS):
            process = await self.serving()
            done = -1
            with contextlib.suppress(PlatformFault):
                done = await process.expire_due() + await process.relay.relay_once()
                done += await process.dispatcher.deliver_once() + len(self._waiting())
            idle = idle + 1 if done == 0 else 0
            if idle == 2:
                return
            # What is to be tried again waits longer each time.
            await asyncio.sleep(min(30.0 * 2**turn, 3_600.0) if done else 0)
        raise Stalled("something is left to do, however long one waits")

    def _waiting(self) -> list[Any]:
        return self.world.store.connection.execute(
            "SELECT id FROM webhook_delivery WHERE status = 'pending'"
        ).fetchall()

    async def stop(self) -> None:
        """End in good order."""
        self._keeper.cancel()
        await self.process.stop()


def _forget(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()


def digest(parts: list[Any]) -> str:
    """Return what identifies a run: equal for equal runs."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
