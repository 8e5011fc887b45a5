"""The real bank behind the model: a committer on a database, with seeded ids and a clock that stands still."""

import asyncio
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any, Protocol

from sqlalchemy import text

from tests.factories.committers import Running, running_committer
from tests.factories.rows import START
from tests.factories.simulation_bank import Ask, command_of, context_of, opening
from tests.factories.simulation_database import SimulatedDatabase, SimulatedReader, Store
from tests.factories.simulation_faults import PROFILES, Faults
from tests.factories.simulation_loop import VirtualLoop
from tests.simulation.run import migrated
from tongbao_platform.domain.payments import expire, expire_hold
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context, Outcome
from tongbao_platform.execution.tools import Tools
from tongbao_platform.kernel.clock import VirtualClock
from tongbao_platform.kernel.ids import seeded_ids
from tongbao_platform.outbox.tables import EVENTS
from tongbao_platform.processes.catalogue import registry
from tongbao_platform.storage.metadata import METADATA

# What both databases must hold alike; ids that the committer drew may differ with how it went about it.
COMPARED = {
    "payment": "id",
    "refund": "id",
    "ledger_hold": "id",
    "ledger_account": "id",
    "ledger_entry": "account_id, seq",
}
_DRAWN = frozenset({"transfer_id"})
_ACCOUNTS = "SELECT id, posted_credits - posted_debits, held_debits, held_credits, status FROM ledger_account"
_PAYMENTS = (
    "SELECT id, status, amount_captured_minor, amount_refunded_minor, fee_minor, fee_returned_minor FROM payment"
)


class BankWorld(Protocol):
    """A bank that can be asked; its calls return when everything is done."""

    committer: Committer
    reader: Any
    clock: VirtualClock

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run ``work`` on the world's event loop."""
        ...

    async def select(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of committed data."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class DatabaseWorld:
    """A bank on the database at ``url``, without the syncs that only a power cut would miss."""

    def __init__(self, url: str) -> None:
        self.clock = VirtualClock(START)
        self._runner = asyncio.Runner()
        self._entered = running_committer(url, self.clock)
        self._running: Running = self.run(self._entered.__aenter__())
        self.committer, self.reader = self._running.committer, self._running.reader
        self.run(self._open(url))

    async def _open(self, url: str) -> None:
        for operation, command in opening():
            await self.committer.run(operation, command, Context(actor="test"))
        connection: Any = self.committer._recovery._session._connection  # it is open
        if url.startswith("postgresql"):
            await connection.execute("SET synchronous_commit = off")
        else:
            connection.execute("PRAGMA synchronous=OFF")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    async def select(self, sql: str) -> list[tuple[Any, ...]]:
        async with self._running.database.reads.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    def close(self) -> None:
        try:
            self.run(self._entered.__aexit__(None, None, None))
        finally:
            self._runner.close()


class _InOrder(Random):
    """Leaves the order of things alone: what is asked first is decided first."""

    def shuffle(self, x: Any) -> None:
        pass


class MemoryWorld:
    """A bank on a simulated database without faults: for many steps in little time."""

    alive = True

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self._loop = VirtualLoop(_InOrder())
        self._store = Store(migrated())
        faults = Faults(Random(0), PROFILES[0])
        self.reader = SimulatedReader(self._store, self, faults)
        ids = seeded_ids(self.clock, 2)
        tools = Tools(registry(), ids, self.clock, livemode=False, seal=_same, unseal=_same)
        database = SimulatedDatabase(self._store, self, faults)
        self.committer = Committer(database, tools, monotonic=self._loop.time)
        self.run(self._start())

    async def _start(self) -> None:
        self.committer.start()
        for operation, command in opening():
            await self.committer.run(operation, command, Context(actor="test"))

    async def crash(self) -> None:
        """There are no faults here."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    async def select(self, sql: str) -> list[tuple[Any, ...]]:
        return self._store.connection.execute(sql).fetchall()

    def close(self) -> None:
        self.run(self.committer.stop())
        self._loop.end()
        self._store.discard()


def _same(row: str, octets: bytes) -> bytes:
    del row
    return octets


class Bank:
    """What the state machine asks of a world."""

    def __init__(self, world: BankWorld) -> None:
        self._world = world
        self._ids = seeded_ids(world.clock, 1)

    def ask(self, asks: Sequence[Ask]) -> list[bytes]:
        """Put the questions together, as one batch, and return the rendered answers."""
        answers: list[bytes] = self._world.run(self._ask(asks))
        return answers

    async def _ask(self, asks: Sequence[Ask]) -> list[bytes]:
        now = self._world.clock.now()
        outcomes: list[Outcome] = await asyncio.gather(
            *(self._world.committer.run(*command_of(ask, self._ids, now), context_of(ask)) for ask in asks)
        )
        return [outcome.answer.body for outcome in outcomes if outcome.answer is not None]

    def let_time_pass(self, milliseconds: int) -> None:
        """Move the clock."""
        self._world.clock.advance(milliseconds)

    def expire(self) -> None:
        """Run the expiry workers' verbs."""
        self._world.run(self._expire())

    async def _expire(self) -> None:
        committer, reader, now = self._world.committer, self._world.reader, self._world.clock.now()
        for payment_id in sorted(await expire.due(reader, now, 200)):
            await committer.run(expire, expire.ExpirePayment(payment_id=payment_id), Context(actor="worker:expire"))
        for payment_id in sorted(await expire_hold.due(reader, now, 200)):
            await committer.run(
                expire_hold, expire_hold.ExpireHold(payment_id=payment_id), Context(actor="worker:hold")
            )

    def look(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the accounts (balance, held, expected, status) and the payments (status and amounts) by name."""
        accounts = self._world.run(self._world.select(_ACCOUNTS))
        payments = self._world.run(self._world.select(_PAYMENTS))
        return {name[4:]: tuple(rest) for name, *rest in accounts}, {name: tuple(rest) for name, *rest in payments}

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that must be equal on every database."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for name, order in COMPARED.items():
            columns = [column.name for column in METADATA.tables[name].columns if column.name not in _DRAWN]
            rows = self._world.run(self._world.select(f"SELECT {', '.join(columns)} FROM {name} ORDER BY {order}"))
            # SQLite's booleans are numbers.
            found[name] = [tuple(int(value) if value in {True, False} else value for value in row) for row in rows]
        told = f"SELECT subject_id, type, revision FROM {EVENTS.name} ORDER BY subject_id, revision, type"
        found["event"] = self._world.run(self._world.select(told))
        return found

    def verify(self) -> None:
        """Prove the books."""
        self._world.run(self._verify())

    async def _verify(self) -> None:
        async with self._world.reader.snapshot() as reader:
            report = await verify(reader)
        assert report.is_clean, report.findings

    def close(self) -> None:
        """Stop."""
        self._world.close()
