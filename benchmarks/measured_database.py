"""A database with what is measured on it: ledger postings in this process, and the API of processes of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.api_load import ApiProcess, free_port, load, serving
from benchmarks.figures import Case, DatabaseName, Sample
from benchmarks.ledger import LedgerRun, post
from benchmarks.population import Population, populate, settings_of
from benchmarks.processor_time import family_seconds
from tests.factories.database import execute
from tongbao_platform.processes.foundation import open_foundation
from tongbao_platform.processes.verification import run_verify

_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
# Each batch leaves exactly one claim of this kind, so commits can be counted afterwards.
_STATE = "SELECT (SELECT max(id) FROM payment), (SELECT count(*) FROM claim WHERE kind = 'change')"


class ApiRun(msgspec.Struct, frozen=True):
    """Payments of kind ``case`` for ``seconds`` through the API of ``processes``."""

    case: Case
    seconds: float
    processes: int = 1


class MeasuredDatabase:
    """Measures on one database.

    ``database_seconds`` tells what the database's own processes have used; ``None`` when it has none. ``stored`` is how
    many payments are in it before anything is measured (0: it is fresh).
    """

    def __init__(
        self, name: DatabaseName, url: str, database_seconds: Callable[[], float] | None = None, stored: int = 0
    ) -> None:
        self.name: DatabaseName = name
        self.url = url
        self.stored = stored
        self._database_seconds = database_seconds
        self._population: Population | None = None
        self._servers: list[ApiProcess] = []

    @property
    def population(self) -> Population:
        """Who pays and is paid; filling comes first."""
        if self._population is None:
            raise RuntimeError("the database was not filled")
        return self._population

    def fill(self, port: int = 0) -> None:
        """Migrate the empty database and fill it; ``port`` is where its API will be."""
        self._population = asyncio.run(populate(settings_of(self.url, port)))

    def adopt(self, population: Population) -> None:
        """Take a database that was filled elsewhere."""
        self._population = population

    @contextmanager
    def serving(self, keyring: str, folder: Path, port: int, processes: int = 1) -> Iterator[None]:
        """Serve the API while the block lasts."""
        with ExitStack() as stack:
            base_url = f"http://127.0.0.1:{port}"
            ports = [port, *(free_port() for _ in range(processes - 1))]
            self._servers = [stack.enter_context(serving(self.url, base_url, each, keyring, folder)) for each in ports]
            yield
        self._servers = []

    def prove(self) -> None:
        """Raise ``RuntimeError`` unless the books left behind are right."""
        asyncio.run(_prove(self.url))

    def measure_ledger(self, run: LedgerRun, number: int, baseline: float | None) -> Sample:
        """Time one run of ledger postings, the ``number``-th of its kind."""
        wal = self._wal_position()
        figures = uvloop.run(post(settings_of(self.url), self.population, run, self._used))
        return Sample(
            case="ledger",
            database=self.name,
            round=number,
            batch=run.batch,
            hot=run.hot,
            stored=self.stored,
            rate=figures.count / figures.seconds,
            baseline=baseline,
            process_cpu_us=1e6 * figures.cpu_seconds / figures.count,
            database_cpu_us=self._per_payment(1e6 * figures.database_seconds, figures.count),
            wal_bytes=self._per_payment(self._wal_position() - wal, figures.count + run.warm_up),
            batch_mean=figures.count / sum(figures.batches.values()),
        )

    def measure_api(self, run: ApiRun, number: int, baseline: float | None) -> Sample:
        """Time one run of payments through the API; what is stored must be exactly what was answered."""
        servers = self._servers[: run.processes]
        with load(servers, self.population, run.case, run.seconds) as generator:
            newest, commits = _state(self.url)
            wal, used_by_api, used = self._wal_position(), _used_by(servers), self._used()
            figures = generator.go()
            used_by_api, used = _used_by(servers) - used_by_api, self._used() - used
            wal = self._wal_position() - wal
            stored, commits_after = _payments_since(self.url, newest), _state(self.url)[1]
        if stored != figures.count:
            raise RuntimeError(f"{figures.count} payments were answered, {stored} are stored")
        return Sample(
            case=run.case,
            database=self.name,
            round=number,
            processes=run.processes,
            stored=self.stored,
            rate=figures.count / figures.seconds,
            baseline=baseline,
            process_cpu_us=1e6 * used_by_api / figures.count,
            database_cpu_us=self._per_payment(1e6 * used, figures.count),
            wal_bytes=self._per_payment(wal, figures.count),
            generator_share=figures.cpu_seconds / figures.seconds,
            batch_mean=figures.count / (commits_after - commits),
            latency_ms=figures.latency_ms,
        )

    def _used(self) -> float:
        return 0.0 if self._database_seconds is None else self._database_seconds()

    def _per_payment(self, amount: float, count: int) -> float | None:
        return None if self._database_seconds is None else amount / count

    def _wal_position(self) -> int:
        """Return how many bytes PostgreSQL has written ahead since it exists; 0 for SQLite."""
        return int(execute(self.url, _WAL)[0][0]) if self.name == "postgresql" else 0


def _used_by(servers: list[ApiProcess]) -> float:
    return sum(family_seconds(server.process_id) for server in servers)


def _state(url: str) -> tuple[str, int]:
    """Return the newest payment's id and how many commits there were. Both are read from the end of an index."""
    newest, commits = _ask(url, _STATE)
    return str(newest or ""), int(commits)


def _payments_since(url: str, newest: str) -> int:
    """Return how many payments were made after ``newest``: ids begin with their time."""
    return int(_ask(url, f"SELECT count(*) FROM payment WHERE id > '{newest}'")[0])


def _ask(url: str, question: str) -> tuple[Any, ...]:
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)) as connection:
            row: tuple[Any, ...] = connection.execute(question).fetchone()
            return row
    return tuple(execute(url, question)[0])


async def _prove(url: str) -> None:
    """Raise ``RuntimeError`` unless the books left behind are right."""
    async with open_foundation(settings_of(url)) as foundation:
        status, report = await run_verify(foundation, anchor_file=None, as_json=True)
    if status != 0:
        raise RuntimeError(f"the books are not right afterwards: {report[-2000:]}")
