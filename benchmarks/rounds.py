"""The order of measurement: round after round of short runs, the baseline beside each, so that drift hits all alike."""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.api_load import free_port
from benchmarks.budget import Budget, measure_budget
from benchmarks.figures import Case, Sample
from benchmarks.growth import Engine, Growth
from benchmarks.ledger import LedgerRun
from benchmarks.machine import Machine, describe
from benchmarks.measured_database import ApiRun, MeasuredDatabase
from benchmarks.options import Options
from benchmarks.population import keyring
from benchmarks.processor_time import family_seconds
from benchmarks.sizes import TableSize
from benchmarks.tpcb import SERVER_SETTINGS, Baseline, NotDurable, require_durability, server_version
from tests.factories.database import execute
from tests.factories.postgres_cluster import PostgresCluster
from tongbao_platform.identity.keyring import KEYRING_VARIABLE
from tongbao_platform.storage.sqlite_session import connect_writer

_API_CASES: Final[tuple[tuple[Case, str], ...]] = (("account", "api"), ("h5", "h5"))
_FULL: Final = 2


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a session measured; ``baselines`` are all rates of TPC-B in transactions per second.

    ``phases`` says how long each part took, in seconds.
    """

    machine: Machine
    options: Options
    samples: list[Sample]
    baselines: list[float]
    seconds_taken: float
    sizes: list[TableSize] = []
    budget: Budget | None = None
    phases: dict[str, float] = {}


class Session:
    """Measures what the options ask for and tells about it on standard error."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = time.monotonic()
        self._phases: dict[str, float] = {}
        self._samples: list[Sample] = []
        self._sizes: list[TableSize] = []
        self._baselines: list[float] = []
        self._baseline: Baseline | None = None
        self._engines: list[Engine] = []
        self._ledgers: list[MeasuredDatabase] = []
        self._apis: list[MeasuredDatabase] = []

    def measure(self) -> Measured:
        """Set everything up, measure, and clear everything away."""
        budget: Budget | None = None
        with ExitStack() as stack:
            made = tempfile.mkdtemp(prefix="tongbao-benchmark-", dir=self._options.directory)
            folder = Path(made)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            machine = describe(folder)
            self._tell(f"databases in {machine.file_system}, a sync takes {machine.sync_ms} ms, load {machine.load}")
            os.environ[KEYRING_VARIABLE] = keyring()
            if self._options.needs_postgresql:
                cluster = stack.enter_context(PostgresCluster(SERVER_SETTINGS, self._options.directory))
                machine = msgspec.structs.replace(machine, postgresql=self._prepare_postgresql(cluster))
            if self._options.needs_sqlite:
                _require_full_sync(folder / "probe.sqlite")
                self._engines.append(Engine("sqlite", lambda name: f"sqlite:///{folder / name}.sqlite"))
            if self._options.needs_rounds:
                self._measure_fresh(folder)
            if "growth" in self._options.cases:
                self._measure_growth(folder)
            if "budget" in self._options.cases:
                self._tell("budget: stages and statements of one payment")
                budget = measure_budget(self._options, folder)
                self._end_of("budget")
        return Measured(
            machine=machine,
            options=self._options,
            samples=self._samples,
            baselines=self._baselines,
            seconds_taken=round(time.monotonic() - self._started, 1),
            sizes=self._sizes,
            budget=budget,
            phases=self._phases,
        )

    def _prepare_postgresql(self, cluster: PostgresCluster) -> str:
        require_durability(cluster.url())
        for name in ("ledger", "api", "growth_small"):
            execute(cluster.url(), f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        process = cluster.process_id
        if process is None:
            raise RuntimeError("the cluster has ended")
        self._engines.append(Engine("postgresql", cluster.url, lambda: family_seconds(process)))
        if self._options.needs_rounds:
            self._baseline = Baseline(cluster)
            self._tell(f"TPC-B: making tables, warming up for {self._options.warm_up_seconds} s")
            self._baseline.prepare(self._options.warm_up_seconds)
        return server_version(cluster.url())

    def _measure_fresh(self, folder: Path) -> None:
        """Measure on databases that hold nothing but what the runs themselves leave there; prove their books."""
        with ExitStack() as stack:
            for engine in self._engines:
                self._tell(f"{engine.name}: migrating and filling")
                if self._options.runs_case("ledger"):
                    ledger = MeasuredDatabase(engine.name, engine.url("ledger"), engine.seconds)
                    ledger.fill()
                    self._ledgers.append(ledger)
                if self._options.runs_case("api") or self._options.runs_case("h5"):
                    api, port = MeasuredDatabase(engine.name, engine.url("api"), engine.seconds), free_port()
                    api.fill(port)
                    most = max(self._options.processes) if engine.name == "postgresql" else 1
                    stack.enter_context(api.serving(os.environ[KEYRING_VARIABLE], folder, port, most))
                    self._apis.append(api)
            self._end_of("preparing")
            for number in range(self._options.runs):
                self._round(number)
        self._end_of("rounds")
        self._prove([*self._ledgers, *self._apis])

    def _measure_growth(self, folder: Path) -> None:
        growth = Growth(self._engines, self._options.growth_payments)
        self._tell(f"growth: filling databases of up to {self._options.growth_payments:,} payments")
        growth.fill()
        self._sizes = growth.sizes()
        self._end_of("growth, filling")
        for sample in growth.measure(self._options.runs, self._options.seconds, os.environ[KEYRING_VARIABLE], folder):
            self._keep(sample)
        self._end_of("growth, rounds")
        self._prove(growth.databases())

    def _prove(self, databases: list[MeasuredDatabase]) -> None:
        """Verify the books of all databases, two at a time."""
        self._tell("verifying the books that were left")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(MeasuredDatabase.prove, databases))
        self._end_of("verifying")

    def _round(self, number: int) -> None:
        if self._options.runs_case("ledger"):
            for batch in self._options.batches:
                self._ledger(number, batch)
        for case, option in _API_CASES:
            if self._options.runs_case(option):
                self._api(number, case)

    def _ledger(self, number: int, batch: int) -> None:
        beside = self._run_baseline(number)
        for database in self._in_turn(number, self._ledgers):
            baseline = beside if database.name == "postgresql" else None
            # Every other round the hot merchant goes first. SQLite locks no rows, so one would show nothing there.
            order = (False, True) if number % 2 == 0 else (True, False)
            for hot in order if database.name == "postgresql" else (False,):
                run = LedgerRun(batch, hot, self._options.seconds)
                self._keep(database.measure_ledger(run, number, baseline))

    def _api(self, number: int, case: Case) -> None:
        beside = self._run_baseline(number)
        for database in self._in_turn(number, self._apis):
            on_postgresql = database.name == "postgresql"
            for processes in self._options.processes if on_postgresql else (1,):
                run = ApiRun(case, self._options.seconds, processes)
                self._keep(database.measure_api(run, number, beside if on_postgresql else None))

    def _in_turn(self, number: int, databases: list[MeasuredDatabase]) -> Iterator[MeasuredDatabase]:
        return iter(databases) if number % 2 == 0 else reversed(databases)

    def _run_baseline(self, number: int) -> float | None:
        if self._baseline is None:
            return None
        rate = self._baseline.rate(self._options.seconds)
        self._baselines.append(rate)
        self._tell(f"round {number + 1}/{self._options.runs}: TPC-B {rate:,.0f}/s")
        return rate

    def _keep(self, sample: Sample) -> None:
        self._samples.append(sample)
        what = f" batches of {sample.batch}, {'hot' if sample.hot else 'spread'}" if sample.batch else ""
        what += f" with {sample.stored:,} stored" if sample.stored else ""
        what += f" from {sample.processes} processes" if sample.processes > 1 else ""
        ratio = "" if sample.ratio is None else f", {sample.ratio:.2f} × TPC-B"
        self._tell(f"  {sample.case}{what} on {sample.database}: {sample.rate:,.0f}/s{ratio}")

    def _end_of(self, phase: str) -> None:
        past = sum(self._phases.values())
        self._phases[phase] = self._phases.get(phase, 0.0) + round(time.monotonic() - self._started - past, 1)

    def _tell(self, text: str) -> None:
        print(f"[{time.monotonic() - self._started:5.0f} s] {text}", file=sys.stderr, flush=True)


def _require_full_sync(path: Path) -> None:
    """Raise ``NotDurable`` unless the platform's own SQLite connections sync at every commit."""
    connection: sqlite3.Connection = connect_writer(str(path))
    try:
        if connection.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
            raise NotDurable("SQLite's synchronous is not FULL")
    finally:
        connection.close()
