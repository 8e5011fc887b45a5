"""Where the microseconds of one signed ``account`` payment go: the application by stage, the database by statement.

The real application runs in this process, without sockets, with 32 requests in flight, on a PostgreSQL cluster of its
own. Slices with and without the stages take turns. What the real server process takes beyond that is the HTTP
server's share.
"""

import asyncio
import os
import statistics
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from benchmarks.api_load import ApiProcess, free_port, load, serving
from benchmarks.in_process import InProcess, Played, application, signed, tune_interpreter
from benchmarks.options import Options
from benchmarks.population import Population, populate, settings_of
from benchmarks.processor_time import family_seconds, thread_seconds
from benchmarks.signed_requests import Caller
from benchmarks.stage_clock import Spent, StageClock
from benchmarks.stage_hooks import STATEMENT, Hooks
from benchmarks.statements import ServerStatement, read_statements, statistics_settings, summed_up
from benchmarks.tpcb import SERVER_SETTINGS
from tests.factories.database import execute
from tests.factories.postgres_cluster import PostgresCluster
from tongbao_platform.identity.keyring import KEYRING_VARIABLE
from tongbao_platform.processes.foundation import Foundation, open_foundation

_DATABASE: Final = "budget"
_PAYMENTS: Final = 1_000
_QUICK_PAYMENTS: Final = 300
_WARM_UP: Final = 1_500
_US: Final = 1e6


class StageCost(msgspec.Struct, frozen=True):
    """A stage: microseconds of its own per payment, and how often it is entered (more than once: after each wait)."""

    name: str
    us: float
    entries: float


class StatementCost(msgspec.Struct, frozen=True):
    """A statement per payment: microseconds to encode and send it, those PostgreSQL executes it for, and its rows."""

    name: str
    client_us: float | None
    server_us: float | None
    rows: float | None


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """All of it in microseconds of processor time per payment, medians of ``slices``.

    ``application_us`` is measured without the stages, ``staged_us`` with them. The real process takes ``loop_us`` on
    the thread of its event loop and ``threads_us`` on the HTTP server's. ``database_us`` is all of PostgreSQL's.
    ``missing`` names hooks that found nothing.
    """

    slices: int
    payments: int
    batch_mean: float
    application_us: float
    staged_us: float
    loop_us: float
    threads_us: float
    database_us: float
    stages: list[StageCost]
    statements: list[StatementCost]
    missing: list[str]


class _Slice(msgspec.Struct, frozen=True):
    played: Played
    spent: dict[str, Spent]

    @property
    def total_us(self) -> float:
        return _US * self.played.cpu_seconds / self.played.count

    @property
    def cost_us(self) -> float:
        return sum(one.cost for one in self.spent.values()) / 1e3 / self.played.count

    def us(self, stage: str, factor: float) -> float:
        found = self.spent.get(stage)
        return 0.0 if found is None else found.without_cost(factor) / 1e3 / self.played.count

    def entries(self, stage: str) -> float:
        found = self.spent.get(stage)
        return 0.0 if found is None else found.calls / self.played.count


class _Server(msgspec.Struct, frozen=True):
    """A run against the real process: microseconds per payment of its event loop's thread and of all others."""

    loop_us: float
    threads_us: float


def measure_budget(options: Options, folder: Path) -> Budget:
    """Measure on a cluster of its own; the environment holds the keyring."""
    with PostgresCluster(SERVER_SETTINGS | statistics_settings(), options.directory) as cluster:
        execute(cluster.url(), f"CREATE DATABASE {_DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        url, process = cluster.url(_DATABASE), cluster.process_id
        if process is None:
            raise RuntimeError("the cluster has ended")
        execute(url, "CREATE EXTENSION pg_stat_statements")
        port = free_port()
        population = asyncio.run(populate(settings_of(url, port)))
        run = _Run(url, port, population, lambda: family_seconds(process))
        return uvloop.run(run.measure(options, folder))


class _Run:
    """One measurement of the budget."""

    def __init__(self, url: str, port: int, population: Population, used: Callable[[], float]) -> None:
        self._url = url
        self._port = port
        self._population = population
        self._used = used
        self._clock = StageClock()
        self._hooks = Hooks(self._clock)
        self._slices: list[_Slice] = []
        self._callers: list[Caller] = []
        self._statements: list[ServerStatement] = []
        self._commits = 0
        self._database_seconds = 0.0

    async def measure(self, options: Options, folder: Path) -> Budget:
        """Play pairs of slices and, after each, load on the real process."""
        servers: list[_Server] = []
        keyring = os.environ[KEYRING_VARIABLE]
        async with AsyncExitStack() as stack:
            foundation = await stack.enter_async_context(open_foundation(settings_of(self._url, self._port)))
            plain = await stack.enter_async_context(application(foundation, folder))
            # The connection to the database is opened with the hooks in place, and the second application is built.
            self._hooks.install()
            stack.callback(self._hooks.remove)
            staged = await stack.enter_async_context(application(foundation, folder))
            self._callers = await plain.callers(self._population)
            tune_interpreter()
            for app in (plain, staged):
                await app.play(signed(self._callers, self._population, _WARM_UP))
            foundation.committed.append(self._committed)
            base_url = f"http://127.0.0.1:{self._port}"
            server = stack.enter_context(serving(self._url, base_url, self._port, keyring, folder))
            payments = _QUICK_PAYMENTS if options.quick else _PAYMENTS
            for number in range(options.runs):
                for app in (plain, staged) if number % 2 == 0 else (staged, plain):
                    await self._slice(foundation, app, payments, with_stages=app is staged)
                servers.append(self._load(server, options.seconds))
        return self._sum_up(payments, servers)

    def _committed(self) -> None:
        self._commits += 1

    async def _slice(self, foundation: Foundation, app: InProcess, payments: int, *, with_stages: bool) -> None:
        scopes = signed(self._callers, self._population, payments)
        await foundation.freshness.check()
        self._clock.clear()
        self._hooks.remove()
        if with_stages:
            self._hooks.install()
        execute(self._url, "SELECT pg_stat_statements_reset()")
        used = self._used()
        self._clock.running = with_stages
        played = await app.play(scopes)
        self._clock.running = False
        self._database_seconds += self._used() - used
        self._statements += read_statements(self._url)
        self._slices.append(_Slice(played, self._clock.spent()))

    def _load(self, server: ApiProcess, seconds: float) -> _Server:
        with load([server], self._population, "account", seconds) as generator:
            loop, threads = thread_seconds(server.process_id)
            figures = generator.go()
            loop_after, threads_after = thread_seconds(server.process_id)
        return _Server(_US * (loop_after - loop) / figures.count, _US * (threads_after - threads) / figures.count)

    def _sum_up(self, payments: int, server: Sequence[_Server]) -> Budget:
        plain = [one for one in self._slices if not one.spent]
        staged = [one for one in self._slices if one.spent]
        total = payments * len(self._slices)
        application_us = statistics.median(one.total_us for one in plain)
        staged_us = statistics.median(one.total_us for one in staged)
        # Measuring costs what the slices with it take more; the calibrated costs tell how that is shared out.
        factor = max(0.0, staged_us - application_us) / statistics.median(one.cost_us for one in staged)
        stages = _stages(staged, factor)
        return Budget(
            slices=len(staged),
            payments=payments,
            batch_mean=total / self._commits,
            application_us=application_us,
            staged_us=staged_us,
            loop_us=statistics.median(one.loop_us for one in server),
            threads_us=statistics.median(one.threads_us for one in server),
            database_us=_US * self._database_seconds / total,
            stages=stages,
            statements=_statements(stages, summed_up(self._statements), total),
            missing=self._hooks.missing,
        )


def _stages(slices: Sequence[_Slice], factor: float) -> list[StageCost]:
    names = dict.fromkeys(name for one in slices for name in one.spent)
    return [
        StageCost(
            name,
            statistics.median(one.us(name, factor) for one in slices),
            statistics.median(one.entries(name) for one in slices),
        )
        for name in names
    ]


def _statements(stages: Sequence[StageCost], found: Sequence[ServerStatement], payments: int) -> list[StatementCost]:
    """Join what this side spends on a statement with what PostgreSQL does."""
    client = {stage.name.removeprefix(STATEMENT): stage.us for stage in stages if stage.name.startswith(STATEMENT)}
    server = {one.name: one for one in found}
    costs = []
    for name in dict.fromkeys((*server, *client)):
        one = server.get(name)
        costs.append(
            StatementCost(
                name,
                client.get(name),
                None if one is None else 1e3 * one.milliseconds / payments,
                None if one is None else one.rows / payments,
            )
        )
    return costs
