"""The order of measurement: round after round of short runs, the baseline beside each, so that drift hits all alike."""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import Case, Sample
from benchmarks.ledger import LedgerRun
from benchmarks.machine import Machine, describe
from benchmarks.options import Options
from benchmarks.population import keyring
from benchmarks.processor_time import family_seconds
from benchmarks.stage import Stage
from benchmarks.tpcb import SERVER_SETTINGS, Baseline, NotDurable, require_durability, server_version
from tests.factories.database import execute
from tests.factories.postgres_cluster import PostgresCluster
from tongbao_platform.identity.keyring import KEYRING_VARIABLE
from tongbao_platform.storage.sqlite_session import connect_writer

_API_CASES: Final[tuple[Case, ...]] = ("account", "h5")
_FULL: Final = 2


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a session measured; ``baselines`` are all rates of TPC-B in transactions per second."""

    machine: Machine
    options: Options
    samples: list[Sample]
    baselines: list[float]
    seconds_taken: float


class Session:
    """Measures what the options ask for and tells about it on standard error."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = time.monotonic()
        self._samples: list[Sample] = []
        self._baselines: list[float] = []
        self._baseline: Baseline | None = None
        self._stages: list[Stage] = []

    def measure(self) -> Measured:
        """Set everything up, measure, and clear everything away."""
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
            if "sqlite" in self._options.cases:
                _require_full_sync(folder / "probe.sqlite")
                self._stages.append(Stage("sqlite", lambda name: f"sqlite:///{folder / name}.sqlite"))
            self._prepare(stack, folder)
            for number in range(self._options.runs):
                self._round(number)
        return Measured(
            machine=machine,
            options=self._options,
            samples=self._samples,
            baselines=self._baselines,
            seconds_taken=round(time.monotonic() - self._started, 1),
        )

    def _prepare_postgresql(self, cluster: PostgresCluster) -> str:
        require_durability(cluster.url())
        for name in ("ledger", "api"):
            execute(cluster.url(), f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        process = cluster.process_id
        if process is None:
            raise RuntimeError("the cluster has ended")
        self._stages.append(Stage("postgresql", cluster.url, lambda: family_seconds(process)))
        self._baseline = Baseline(cluster)
        self._tell(f"TPC-B: making tables, warming up for {self._options.warm_up_seconds} s")
        self._baseline.prepare(self._options.warm_up_seconds)
        return server_version(cluster.url())

    def _prepare(self, stack: ExitStack, folder: Path) -> None:
        for stage in self._stages:
            self._tell(f"{stage.name}: migrating and filling")
            if self._options.runs_case("ledger"):
                stage.prepare_ledger()
            if self._options.runs_case("api") or self._options.runs_case("h5"):
                processes = self._options.processes if stage.name == "postgresql" else 1
                stack.enter_context(stage.serving_api(os.environ[KEYRING_VARIABLE], folder, processes))

    def _round(self, number: int) -> None:
        if self._options.runs_case("ledger"):
            for batch in self._options.batches:
                self._ledger(number, batch)
        for case, option in zip(_API_CASES, ("api", "h5"), strict=True):
            if self._options.runs_case(option):
                beside = self._run_baseline(number)
                for stage in self._in_turn(number):
                    baseline = beside if stage.name == "postgresql" else None
                    self._keep(stage.measure_api(case, self._options.seconds, number, baseline))

    def _ledger(self, number: int, batch: int) -> None:
        beside = self._run_baseline(number)
        for stage in self._in_turn(number):
            baseline = beside if stage.name == "postgresql" else None
            # Every other round the hot merchant goes first.
            for hot in (False, True) if number % 2 == 0 else (True, False):
                run = LedgerRun(batch, hot, self._options.seconds)
                self._keep(stage.measure_ledger(run, number, baseline))

    def _in_turn(self, number: int) -> Iterator[Stage]:
        return iter(self._stages) if number % 2 == 0 else reversed(self._stages)

    def _run_baseline(self, number: int) -> float | None:
        if self._baseline is None:
            return None
        rate = self._baseline.rate(self._options.seconds)
        self._baselines.append(rate)
        self._tell(f"round {number + 1}/{self._options.runs}: TPC-B {rate:,.0f}/s")
        return rate

    def _keep(self, sample: Sample) -> None:
        self._samples.append(sample)
        what = f"batches of {sample.batch}, {'hot' if sample.hot else 'spread'}" if sample.batch else ""
        ratio = "" if sample.ratio is None else f", {sample.ratio:.2f} × TPC-B"
        self._tell(f"  {sample.case} {what} on {sample.database}: {sample.rate:,.0f}/s{ratio}")

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
