"""Growth: the same loads on a database with few stored payments and on one with a hundred times as many, in turn."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import msgspec

from benchmarks.api_load import free_port
from benchmarks.figures import DatabaseName, Sample
from benchmarks.growth_population import Order
from benchmarks.ledger import LedgerRun
from benchmarks.measured_database import ApiRun, MeasuredDatabase
from benchmarks.population import Population
from benchmarks.sizes import TableSize, of_postgresql, of_sqlite

# The larger database has the smaller one's payments and this many copies of them.
COPIES: Final = 99
_BATCH: Final = 64
_FILL_SECONDS: Final = 900


class Engine(msgspec.Struct, frozen=True):
    """A kind of database: ``url`` gives a database's URL by its name, ``seconds`` what its processes have used."""

    name: DatabaseName
    url: Callable[[str], str]
    seconds: Callable[[], float] | None = None


class Growth:
    """The databases of the growth test: per engine a small and a large one."""

    def __init__(self, engines: list[Engine], payments: int) -> None:
        self._engines = engines
        self._payments = payments
        self._pairs: list[tuple[MeasuredDatabase, MeasuredDatabase]] = []

    def fill(self) -> None:
        """Fill all of them, the engines at the same time."""
        small = self._payments // (COPIES + 1)
        orders = [
            Order(engine.url("growth_small"), engine.url("growth_large"), small, COPIES) for engine in self._engines
        ]
        with ExitStack() as stack:
            fillers = [stack.enter_context(_Filler(order)) for order in orders]
            populations = [filler.population() for filler in fillers]
        for engine, order, population in zip(self._engines, orders, populations, strict=True):
            pair = (
                MeasuredDatabase(engine.name, order.small, engine.seconds, small),
                MeasuredDatabase(engine.name, order.large, engine.seconds, self._payments),
            )
            for database in pair:
                database.adopt(population)
            self._pairs.append(pair)
        # What was filled goes to the disk now, not while something is measured.
        os.sync()

    def sizes(self) -> list[TableSize]:
        """Return what the stored payments take: the larger PostgreSQL database's and the smaller SQLite file's.

        All of SQLite's pages are read for it.
        """
        found: list[TableSize] = []
        for small, large in self._pairs:
            if small.name == "postgresql":
                found += of_postgresql(large.url, large.stored)
            else:
                found += of_sqlite(Path(small.url.removeprefix("sqlite:///")), small.stored)
        return found

    def measure(self, runs: int, seconds: float, keyring: str, folder: Path) -> Iterator[Sample]:
        """Yield every run: ledger postings on all databases, round after round, then payments through the API."""
        for number in range(runs):
            for database in self._in_turn(number):
                yield database.measure_ledger(LedgerRun(_BATCH, hot=False, seconds=seconds), number, None)
        with ExitStack() as stack:
            for database in self.databases():
                stack.enter_context(database.serving(keyring, folder, free_port()))
            for number in range(runs):
                for database in self._in_turn(number):
                    yield database.measure_api(ApiRun("account", seconds), number, None)

    def databases(self) -> list[MeasuredDatabase]:
        """Return all of them."""
        return [database for pair in self._pairs for database in pair]

    def _in_turn(self, number: int) -> list[MeasuredDatabase]:
        """Return the databases; each size goes first every other round."""
        pairs = self._pairs if number % 2 == 0 else [(large, small) for small, large in reversed(self._pairs)]
        return [database for pair in pairs for database in pair]


class _Filler:
    """A process that fills one engine's databases; ended with the block."""

    def __init__(self, order: Order) -> None:
        command = [sys.executable, "-m", "benchmarks.growth_population"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._order = order

    def __enter__(self) -> Self:
        stream = self._process.stdin
        if stream is None:
            raise RuntimeError("the filling process has no pipe")
        stream.write(msgspec.json.encode(self._order))
        stream.close()
        self._process.stdin = None
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.communicate()

    def population(self) -> Population:
        """Wait until it is done; ``RuntimeError`` when it failed."""
        written, _ = self._process.communicate(timeout=_FILL_SECONDS)
        if self._process.returncode != 0:
            raise RuntimeError("filling the databases of the growth test failed")
        return msgspec.json.decode(written, type=Population)
