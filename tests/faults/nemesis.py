"""The faults, and when they strike; Jepsen's name for the one who makes them."""

import asyncio
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import msgspec

from tests.factories.postgres_cluster import PostgresCluster
from tests.faults.commit_proxy import CommitProxy, Cut
from tests.faults.recovery_times import RecoveryTimes
from tests.faults.small_disk import SmallDisk
from tests.faults.wire import Caller, Line, Lost, NotReached
from tests.faults.world import Inbox, World

T = TypeVar("T")

API_KILLED: Final = "API killed"
WORKER_KILLED: Final = "worker killed"
POSTGRESQL_KILLED: Final = "PostgreSQL killed"
BACKEND_KILLED: Final = "PostgreSQL backend killed"
CUT_BEFORE: Final = "cut before COMMIT"
CUT_AFTER: Final = "cut after COMMIT"
ROWS_LOCKED: Final = "rows locked"
POOL_EXHAUSTED: Final = "pool exhausted"
DISK_FULL: Final = "disk full"
KILLS: Final = (API_KILLED, WORKER_KILLED, POSTGRESQL_KILLED, BACKEND_KILLED)

_CUT_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.2
_READERS: Final = 24
_PATIENCE_SECONDS: Final = 30.0


class Spans(msgspec.Struct, frozen=True):
    """How long the faults last that last, in seconds."""

    lock: float
    pool: float
    disk_full: float


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to hit, and what is watched meanwhile. ``reads`` counts answers to reads, by fault."""

    world: World
    inbox: Inbox
    recovery: RecoveryTimes
    reader: Caller
    reads: Counter[str]
    tally: Counter[str]
    spans: Spans
    disk: SmallDisk
    cluster: PostgresCluster | None = None
    proxy: CommitProxy | None = None
    sqlite_path: Path | None = None


class Nemesis:
    """Makes faults and counts them in ``made``; ``effects`` counts what each visibly did."""

    def __init__(self, target: Target, choice: random.Random) -> None:
        self.made: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self._target = target
        self._random = choice
        # One at a time for those that stop or fill the database.
        self._database = asyncio.Lock()
        self._faults: dict[str, Callable[[], Awaitable[bool]]] = {API_KILLED: self._kill_api}
        if len(target.world.services) > len(target.world.apis):
            self._faults[WORKER_KILLED] = self._kill_worker
        if target.cluster is not None:
            self._faults |= {
                POSTGRESQL_KILLED: self._kill_postgresql,
                BACKEND_KILLED: self._kill_backend,
                CUT_BEFORE: lambda: self._cut(CUT_BEFORE, Cut.BEFORE),
                CUT_AFTER: lambda: self._cut(CUT_AFTER, Cut.AFTER),
                POOL_EXHAUSTED: self._exhaust_pool,
            }
        self._faults |= {ROWS_LOCKED: self._lock_rows, DISK_FULL: self._fill_disk}

    @property
    def kinds(self) -> list[str]:
        """What can be done here."""
        return list(self._faults)

    async def strike(self, kind: str) -> bool:
        """Make one fault and return when its cause is gone; false when there was nothing to hit just now.

        What has not recovered yet is not hit again in the same way: a process killed while it starts proves nothing.
        """
        done = await self._faults[kind]()
        self.made[kind] += done
        return done

    async def strike_until(self, end: float, weights: dict[str, int], mean_seconds: float) -> None:
        """Make faults of the weighted kinds, about one in ``mean_seconds``, until the loop's time is ``end``.

        The last one is seen through. A kind that finds nothing to hit makes room for the next at once.
        """
        deck: list[str] = []
        due = _now()
        while True:
            due += self._random.uniform(0.5, 1.5) * mean_seconds
            await asyncio.sleep(max(0.0, min(due, end) - _now()))
            if due >= end:
                return
            while True:
                # Dealt like cards, so that no kind is left out for long.
                if not deck:
                    deck = [kind for kind, weight in weights.items() if kind in self._faults for _ in range(weight)]
                    self._random.shuffle(deck)
                if await self.strike(deck.pop()):
                    break
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _kill_api(self) -> bool:
        service = self._random.choice(self._target.world.apis)
        if service.port is None or self._target.recovery.is_recovering(API_KILLED, service.port) or not service.kill():
            return False
        self._target.recovery.began(API_KILLED, service.port)
        return True

    async def _kill_worker(self) -> bool:
        worker = self._target.world.services[-1]
        killed_at = _now()
        if self._target.inbox.is_watched or not worker.kill():
            return False
        self._target.inbox.watch(lambda: worker.started_at > killed_at, self._worker_is_back(killed_at))
        return True

    def _worker_is_back(self, killed_at: float) -> Callable[[float], None]:
        return lambda at: self._target.recovery.note(WORKER_KILLED, at - killed_at)

    async def _kill_postgresql(self) -> bool:
        cluster = _there(self._target.cluster)
        if self._database.locked() or self._target.recovery.is_recovering(POSTGRESQL_KILLED):
            return False
        async with self._database:
            killed_at = _now()
            await asyncio.to_thread(cluster.kill)
            self._target.recovery.began(POSTGRESQL_KILLED, since=killed_at)
            await asyncio.to_thread(cluster.start)
        return True

    async def _kill_backend(self) -> bool:
        if self._database.locked() or self._target.recovery.is_recovering(BACKEND_KILLED):
            return False
        async with self._database:
            writers = await self._writers()
            if not writers:
                return False
            killed_at = _now()
            try:
                os.kill(self._random.choice(writers), signal.SIGKILL)
            except ProcessLookupError:
                return False
            self._target.recovery.began(BACKEND_KILLED, since=killed_at)
        return True

    async def _writers(self) -> list[int]:
        try:
            connection = await asyncpg.connect(_there(self._target.cluster).url("tongbao"), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return []
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'tongbao-writer' ORDER BY pid"
            )
        finally:
            await connection.close()
        return [int(row[0]) for row in rows]

    async def _cut(self, kind: str, cut: Cut) -> bool:
        proxy = _there(self._target.proxy)
        made = proxy.arm(cut)
        try:
            async with asyncio.timeout(_CUT_SECONDS):
                cut_at = await made
        except TimeoutError:
            proxy.disarm()
            return False
        self._target.recovery.began(kind, self._target.world.ports[0], cut_at)
        return True

    async def _lock_rows(self) -> bool:
        """Hold one account until writes are refused: a shop's, or that of all fees, where every payment must pass."""
        before = self._refused_writes()
        async with self._holding_rows() as held:
            if not held:
                return False
            with self._target.recovery.lasting():
                await self._until(self._target.spans.lock, lambda: self._refused_writes() > before)
            self.effects["writes answered 503 under lock"] += self._refused_writes() - before
        self._target.recovery.began(ROWS_LOCKED)
        return True

    @asynccontextmanager
    async def _holding_rows(self) -> AsyncIterator[bool]:
        if self._target.sqlite_path is None:
            world = self._target.world
            account = self._random.choice([world.fee_account_id, *(shop.account_id for shop in world.cast.shops)])
            async with self._holding(f"SELECT 1 FROM ledger_account WHERE id = '{account}' FOR UPDATE") as held:
                yield held
            return
        # Whoever opens a SQLite file with a shell can do this to the server.
        path = self._target.sqlite_path
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)) as connection:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            yield True
            connection.execute("ROLLBACK")

    async def _exhaust_pool(self) -> bool:
        """Hold a whole table, so that reads wait too and take every connection of their pools."""
        async with self._holding("LOCK TABLE ledger_account IN ACCESS EXCLUSIVE MODE; SELECT 1") as held:
            if not held:
                return False
            readers = [asyncio.create_task(self._read(POOL_EXHAUSTED)) for _ in range(_READERS)]
            with self._target.recovery.lasting():
                await self._until(self._target.spans.pool, lambda: True)
        self._target.recovery.began(POOL_EXHAUSTED)
        await asyncio.gather(*readers)
        return True

    async def _until(self, seconds: float, enough: Callable[[], bool]) -> None:
        """Wait for at least ``seconds`` and until it is ``enough``, but not much longer."""
        until = _now() + seconds
        while True:
            if _now() > until and (enough() or _now() > until + _PATIENCE_SECONDS):
                return
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def _holding(self, locking: str) -> AsyncIterator[bool]:
        """Let psql take locks and sit on them; false when it got none."""
        psql = await asyncio.create_subprocess_exec(
            *("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", _there(self._target.cluster).url("tongbao")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        keyboard, screen = _there(psql.stdin), _there(psql.stdout)
        try:
            keyboard.write(f"BEGIN; {locking};\n".encode())
            yield await screen.readline() == b"1\n"
        finally:
            # The end of its input ends psql, and with it the transaction.
            keyboard.close()
            await psql.wait()

    async def _fill_disk(self) -> bool:
        """Keep the disk full for a while; reads go on meanwhile. Whatever did not survive it is started again."""
        disk, before = self._target.disk, self._refused_writes()
        async with self._database:
            enough = asyncio.Event()
            filling = asyncio.create_task(self._keep_full(disk, enough))
            with self._target.recovery.lasting():
                await self._until(self._target.spans.disk_full, lambda: self._refused_writes() > before)
            enough.set()
            await filling
            await self.heal()
            self.effects["writes answered 503 on a full disk"] += self._refused_writes() - before
        return True

    async def _keep_full(self, disk: SmallDisk, enough: asyncio.Event) -> None:
        while not enough.is_set():
            await asyncio.to_thread(disk.fill)
            await self._read(DISK_FULL)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _refused_writes(self) -> int:
        return self._target.tally["503 overloaded"] + self._target.tally["503 outcome_unknown"]

    async def _read(self, kind: str) -> None:
        reader = self._target.reader
        line = Line(self._random.choice(self._target.world.ports))
        request = reader.read(f"/v1/accounts/{reader.party.account_id}/balance")
        try:
            status = str((await line.exchange(request.octets)).status)
        except (NotReached, Lost):
            status = "none"
        finally:
            line.close()
        self._target.reads[f"{kind}: {status}"] += 1

    async def heal(self) -> None:
        """Remove every cause, and start PostgreSQL if it has given up."""
        if self._target.disk.free():
            self._target.recovery.began(DISK_FULL)
        if self._target.proxy is not None:
            self._target.proxy.disarm()
        cluster = self._target.cluster
        if cluster is not None and not _runs(cluster.process_id):
            self.effects["PostgreSQL ended by itself"] += 1
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.start)


def _runs(process_id: int | None) -> bool:
    return process_id is not None and Path(f"/proc/{process_id}").exists()


def _there(part: T | None) -> T:
    if part is None:
        raise RuntimeError("there is no such thing to hit here")
    return part


def _now() -> float:
    return asyncio.get_running_loop().time()
