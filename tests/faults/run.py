"""One run: build, work, strike, drain, reconcile."""

import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from tests.factories.database import execute
from tests.factories.postgres_cluster import PostgresCluster
from tests.faults import nemesis as kinds
from tests.faults.commit_proxy import CommitProxy, commit_proxy
from tests.faults.journal import Journal, read_journals
from tests.faults.load import Client, Floor, Pace
from tests.faults.nemesis import KILLS, Nemesis, Spans, Target
from tests.faults.options import Options
from tests.faults.reconcile import Delivered, reconcile
from tests.faults.recovery_times import Recovery, RecoveryTimes, Spread, spread
from tests.faults.report import Figures, count_findings, count_operations
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.stored import event_ids, query, read_stored
from tests.faults.supervisor import run_command
from tests.faults.wire import Caller, issuer_of
from tests.faults.world import SUBSCRIBED, Inbox, World, build, receiving_webhooks, subscribe, until_ready

_OPERATIONS_BETWEEN: Final = 100
DRAIN_SECONDS: Final = 240.0
_KILL_WEIGHTS: Final = {
    kinds.API_KILLED: 7,
    kinds.WORKER_KILLED: 2,
    kinds.POSTGRESQL_KILLED: 4,
    kinds.BACKEND_KILLED: 3,
}
_OTHER_WEIGHTS: Final = {
    kinds.CUT_BEFORE: 5,
    kinds.CUT_AFTER: 5,
    kinds.ROWS_LOCKED: 2,
    kinds.POOL_EXHAUSTED: 1,
    kinds.DISK_FULL: 2,
}
_DISK_MEGABYTES: Final = {True: 256, False: 4_096}
_SHORT_SPANS: Final = Spans(lock=1.0, pool=2.0, disk_full=1.0)
_LONG_SPANS: Final = Spans(lock=30.0, pool=12.0, disk_full=6.0)
# Write-ahead log is recycled early, for the disk is small.
_SERVER: Final = {"fsync": "on", "max_wal_size": "64MB", "min_wal_size": "32MB", "max_connections": "60"}


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where the database is: ``urls`` for the API processes, the first with nothing in between."""

    disk: SmallDisk
    urls: list[str]
    cluster: PostgresCluster | None = None
    proxy: CommitProxy | None = None
    sqlite_path: Path | None = None


async def run(options: Options) -> Figures:
    """Play it through and return what was found."""
    with _folder(options.keep) as folder:
        async with AsyncExitStack() as stack:
            stand = await stack.enter_async_context(_stand(options))
            inbox, url = await stack.enter_async_context(receiving_webhooks())
            world = await build(stand.urls, folder, apart=stand.cluster is not None)
            for service in world.services:
                service.start()
                stack.push_async_callback(service.stop)
            await until_ready(world)
            await subscribe(world, url)
            return await _Play(options, stand, world, inbox, folder).play()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tongbao-faults-run-")) if keep is None else keep.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _stand(options: Options) -> AsyncIterator[Stand]:
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(small_disk(_DISK_MEGABYTES[options.is_short]))
        if options.database == "sqlite":
            path = disk.path / "tongbao.sqlite"
            yield Stand(disk=disk, urls=[f"sqlite:///{path}"], sqlite_path=path)
            return
        cluster = stack.enter_context(PostgresCluster(_SERVER, disk.path))
        await asyncio.to_thread(
            execute, cluster.url(), "CREATE DATABASE tongbao TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )
        proxy = await stack.enter_async_context(commit_proxy(cluster.port))
        through = cluster.url("tongbao").replace(f":{cluster.port}/", f":{proxy.port}/")
        # The process behind the proxy comes first: it is the one whose port the cuts name.
        yield Stand(disk=disk, urls=[through, cluster.url("tongbao")], cluster=cluster, proxy=proxy)


class _Play:
    """The run itself, on what was built."""

    def __init__(self, options: Options, stand: Stand, world: World, inbox: Inbox, folder: Path) -> None:
        self._options = options
        self._stand = stand
        self._world = world
        self._inbox = inbox
        self._folder = folder
        self._tally: Counter[str] = Counter()
        self._reads: Counter[str] = Counter()
        self._recovery = RecoveryTimes()
        self._seconds = 0.0

    async def play(self) -> Figures:
        """Work under faults, heal, drain, and compare."""
        callers = await self._callers()
        floor = Floor(
            callers=callers,
            cast=self._world.cast,
            ports=self._world.ports,
            pace=Pace(self._options.rate),
            recovery=self._recovery,
            tally=self._tally,
        )
        nemesis = Nemesis(self._target(callers), random.Random(f"{self._options.seed} nemesis"))
        loop = asyncio.get_running_loop()
        journals = [Journal(self._folder / f"client-{n:02}.journal") for n in range(self._options.clients)]
        seeds = [f"{self._options.seed} client {n}" for n in range(len(journals))]
        clients = [
            asyncio.create_task(Client(n, seed, floor, journal).work())
            for n, (seed, journal) in enumerate(zip(seeds, journals, strict=True))
        ]
        progress = asyncio.create_task(self._tell(nemesis))
        started = loop.time()
        try:
            await self._strike(nemesis, clients)
            self._seconds = loop.time() - started
            floor.pace.end()
            await nemesis.heal()
            await self._drain(clients)
        finally:
            progress.cancel()
            for task in clients:
                task.cancel()
            await asyncio.gather(*clients, progress, return_exceptions=True)
            for journal in journals:
                journal.close()
        for service in self._world.services:
            await service.stop()
        return await self._figures(nemesis)

    async def _callers(self) -> dict[str, Caller]:
        cast = self._world.cast
        issuer = await asyncio.to_thread(issuer_of, self._world.address.base_url)
        callers = {party.client_id: Caller(issuer, party) for party in (*cast.shops, *cast.buyers, cast.poor)}
        for caller in callers.values():
            await asyncio.to_thread(caller.renew)
        return callers

    def _target(self, callers: dict[str, Caller]) -> Target:
        return Target(
            world=self._world,
            inbox=self._inbox,
            recovery=self._recovery,
            reader=callers[self._world.cast.buyers[0].client_id],
            reads=self._reads,
            tally=self._tally,
            spans=_SHORT_SPANS if self._options.is_short else _LONG_SPANS,
            disk=self._stand.disk,
            cluster=self._stand.cluster,
            proxy=self._stand.proxy,
            sqlite_path=self._stand.sqlite_path,
        )

    async def _strike(self, nemesis: Nemesis, clients: "list[asyncio.Task[None]]") -> None:
        """Make faults: each kind once, or at random for the time that was asked for. A client that fails ends it."""
        work = asyncio.create_task(self._short(nemesis) if self._options.is_short else self._long(nemesis))
        done, _ = await asyncio.wait([work, *clients], return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        for task in done:
            task.result()

    async def _short(self, nemesis: Nemesis) -> None:
        for kind in nemesis.kinds:
            while True:
                if await nemesis.strike(kind):
                    break
                await asyncio.sleep(0.1)
            enough = self._answered() + _OPERATIONS_BETWEEN
            while True:
                if self._answered() >= enough and not (self._recovery.pending or self._inbox.is_watched):
                    break
                await asyncio.sleep(0.02)

    async def _long(self, nemesis: Nemesis) -> None:
        end = asyncio.get_running_loop().time() + 60 * self._options.minutes
        await asyncio.gather(
            nemesis.strike_until(end, _KILL_WEIGHTS, self._options.mean_kill_seconds),
            nemesis.strike_until(end, _OTHER_WEIGHTS, self._options.mean_other_seconds),
        )

    async def _drain(self, clients: "list[asyncio.Task[None]]") -> None:
        """Let every client get its answer, and every event arrive; what has not by then is a finding."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*clients)
                shops = [shop.merchant_id for shop in self._world.cast.shops]
                while not await event_ids(self._database_url, SUBSCRIBED, shops) <= self._inbox.ids:
                    if self._options.is_short:
                        # What a killed worker had taken comes back after its lease, a minute later.
                        await self._end_leases()
                    await asyncio.sleep(0.25)

    async def _end_leases(self) -> None:
        statement = "UPDATE webhook_delivery SET due_at = 0 WHERE status = 'pending' AND due_at > 0"
        await query(self._database_url, statement)

    @property
    def _database_url(self) -> str:
        return self._stand.urls[-1]

    def _answered(self) -> int:
        return sum(count for name, count in self._tally.items() if name[:3] in {"200", "201", "404", "409", "422"})

    async def _tell(self, nemesis: Nemesis) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            await asyncio.sleep(1 if sys.stderr.isatty() else 10)
            lost = self._tally["connection lost"]
            sys.stderr.write(
                f"{loop.time() - started:5.0f} s  {self._answered():7,} answered  {lost:5,} connections lost"
                f"  {sum(nemesis.made.values()):4} faults  {self._inbox.deliveries:7,} delivered\n"
            )

    async def _figures(self, nemesis: Nemesis) -> Figures:
        status, said = await run_command(("verify", "--json"), self._world.environment | self._direct())
        operations = read_journals(self._folder.glob("client-*.journal"))
        stored = await read_stored(self._database_url)
        shops = [shop.merchant_id for shop in self._world.cast.shops]
        findings = reconcile(operations, stored, Delivered(self._inbox.ids, SUBSCRIBED, shops))
        times = self._recovery.found
        return Figures(
            database=self._options.database,
            disk=self._stand.disk.kind,
            seed=self._options.seed,
            seconds=round(self._seconds, 1),
            **count_operations(operations),
            by_kind=dict(Counter(str(each.intent.kind) for each in operations)),
            faults={kind: nemesis.made[kind] for kind in nemesis.kinds},
            kills=sum(nemesis.made[kind] for kind in KILLS),
            findings=count_findings(findings),
            ledger_sum_minor=stored.ledger_sum_minor,
            held_drift_minor=stored.held_drift_minor,
            events=len(stored.events),
            deliveries=self._inbox.deliveries,
            recovery={kind: _spread_of(times, kind, disturbed=False) for kind in nemesis.kinds},
            recovery_disturbed={kind: _spread_of(times, kind, disturbed=True) for kind in nemesis.kinds},
            recovery_all=spread([each.seconds for each in times]),
            effects=dict(nemesis.effects),
            answers=dict(self._tally.most_common()),
            reads=dict(self._reads),
            own_ends={service.name: service.own_ends for service in self._world.services if service.own_ends},
            verifier="clean" if status == 0 else said[-2_000:],
            examples=findings[:200],
        )

    def _direct(self) -> dict[str, str]:
        return {"TONGBAO_DATABASE_URL": self._database_url}


def _spread_of(times: list[Recovery], kind: str, *, disturbed: bool) -> Spread:
    return spread([each.seconds for each in times if each.kind == kind and each.disturbed is disturbed])
