"""A kind of database with what is measured on it: one database for the ledger, another under a server."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import uvloop

from benchmarks.api_load import ApiProcess, free_port, load, serving
from benchmarks.figures import Case, DatabaseName, Sample
from benchmarks.ledger import LedgerRun, post
from benchmarks.population import Population, populate, settings_of
from benchmarks.processor_time import family_seconds
from tests.factories.database import execute
from tongbao_platform.processes.foundation import open_foundation
from tongbao_platform.processes.verification import run_verify

# Each batch leaves exactly one claim of this kind, so commits can be counted afterwards.
_COUNTS = "SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM claim WHERE kind = 'change')"


class Stage:
    """Measures on one kind of database.

    ``url`` gives the URL of a database by its name (ledger, api); both are there and empty. ``database_seconds`` tells
    what the database's own processes have used; ``None`` when it has none.
    """

    def __init__(
        self, name: DatabaseName, url: Callable[[str], str], database_seconds: Callable[[], float] | None = None
    ) -> None:
        self.name: DatabaseName = name
        self._url = url
        self._database_seconds = database_seconds
        self._ledger: Population | None = None
        self._api: tuple[list[ApiProcess], Population] | None = None

    def prepare_ledger(self) -> None:
        """Fill the ledger's database."""
        self._ledger = asyncio.run(populate(settings_of(self._url("ledger"))))

    @contextmanager
    def serving_api(self, keyring: str, folder: Path, processes: int = 1) -> Iterator[None]:
        """Fill the API's database, serve it while the block lasts, and prove its books when nothing failed."""
        url, port = self._url("api"), free_port()
        population = asyncio.run(populate(settings_of(url, port)))
        with ExitStack() as stack:
            base_url = f"http://127.0.0.1:{port}"
            ports = [port, *(free_port() for _ in range(processes - 1))]
            servers = [stack.enter_context(serving(url, base_url, each, keyring, folder)) for each in ports]
            self._api = (servers, population)
            yield
        self._api = None
        asyncio.run(_prove(url))

    def measure_ledger(self, run: LedgerRun, number: int, baseline: float | None) -> Sample:
        """Time one run of ledger postings, the ``number``-th of its kind."""
        if self._ledger is None:
            raise RuntimeError("the ledger was not prepared")
        figures = uvloop.run(post(settings_of(self._url("ledger")), self._ledger, run, self._used))
        return Sample(
            case="ledger",
            database=self.name,
            round=number,
            batch=run.batch,
            hot=run.hot,
            rate=figures.count / figures.seconds,
            baseline=baseline,
            process_cpu_us=1e6 * figures.cpu_seconds / figures.count,
            database_cpu_us=self._per_payment(figures.database_seconds, figures.count),
            batch_mean=figures.count / sum(figures.batches.values()),
        )

    def measure_api(self, case: Case, seconds: float, number: int, baseline: float | None) -> Sample:
        """Time one run of payments through the API; what is stored must be exactly what was answered."""
        if self._api is None:
            raise RuntimeError("the API was not prepared")
        servers, population = self._api
        with load(servers, population, case, seconds) as generator:
            payments, commits = _counts(self._url("api"))
            used_by_api, used = _used_by(servers), self._used()
            figures = generator.go()
            used_by_api, used = _used_by(servers) - used_by_api, self._used() - used
            payments_after, commits_after = _counts(self._url("api"))
        if payments_after - payments != figures.count:
            raise RuntimeError(f"{figures.count} payments were answered, {payments_after - payments} are stored")
        return Sample(
            case=case,
            database=self.name,
            round=number,
            rate=figures.count / figures.seconds,
            baseline=baseline,
            process_cpu_us=1e6 * used_by_api / figures.count,
            database_cpu_us=self._per_payment(used, figures.count),
            generator_share=figures.cpu_seconds / figures.seconds,
            batch_mean=figures.count / (commits_after - commits),
            latency_ms=figures.latency_ms,
        )

    def _used(self) -> float:
        return 0.0 if self._database_seconds is None else self._database_seconds()

    def _per_payment(self, seconds: float, count: int) -> float | None:
        return None if self._database_seconds is None else 1e6 * seconds / count


def _used_by(servers: list[ApiProcess]) -> float:
    return sum(family_seconds(server.process_id) for server in servers)


def _counts(url: str) -> tuple[int, int]:
    """Return how many payments and how many commits there are."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)) as connection:
            payments, commits = connection.execute(_COUNTS).fetchone()
    else:
        payments, commits = execute(url, _COUNTS)[0]
    return int(payments), int(commits)


async def _prove(url: str) -> None:
    """Raise ``RuntimeError`` unless the books left behind are right."""
    async with open_foundation(settings_of(url)) as foundation:
        status, report = await run_verify(foundation.reader, as_json=True)
    if status != 0:
        raise RuntimeError(f"the books are not right afterwards: {report[-2000:]}")
