"""One seed: a bank in memory, clients, faults, then the reckoning."""

import asyncio
import contextlib
import logging
import sqlite3
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from tests.factories.migrated import migrate_template
from tests.factories.simulation_bank import opening
from tests.factories.simulation_database import SimulatedReader, Store
from tests.factories.simulation_faults import PROFILES, Faults, is_injected
from tests.factories.simulation_loop import Stalled, VirtualLoop
from tests.factories.simulation_process import Cluster, World, digest, remember_home
from tests.factories.simulation_receiver import Receivers
from tests.simulation.clients import REUSED, Board, Client, Entry, Stuck
from tests.simulation.reconcile import Books, reconcile
from tongbao_platform.delivery.sign import new_secret
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.domain.webhook_endpoints import create as create_endpoint
from tongbao_platform.domain.webhook_endpoints.create import CreateWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.model import SECRET_PURPOSE
from tongbao_platform.execution import batch
from tongbao_platform.execution.operation import Context
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.vault import Vault

CLIENTS: Final = 12
REQUESTS_EACH: Final = 18
# Longer than any checkout or hold lives.
ALL_OVER_SECONDS: Final = 8 * 86_400.0
# The third merchant has no endpoint: its events are fanned out to nobody.
LISTENERS: Final = {"shop": ("*",), "buyer": ("payment.succeeded", "refund.succeeded")}
_CALM: Final = PROFILES[0]
_VAULT: Final = Vault(Keyring("kek-1", {"kek-1": b"key-encryption-key-for-the-tests"}))


class Report(msgspec.Struct, kw_only=True):
    """What one seed showed. ``trace`` is equal for equal runs; no finding means that all is well."""

    seed: int
    profile: str
    trace: str = ""
    acknowledged: int = 0
    declined: int = 0
    resolved: int = 0
    crashes: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    findings: list[str] = msgspec.field(default_factory=list)


def simulate(seed: int) -> Report:
    """Run one seed to its end; the same seed gives the same report."""
    random = Random(seed)
    profile = PROFILES[random.choices(range(len(PROFILES)), (1, 3, 3, 3))[0]]
    report = Report(seed=seed, profile=profile.name)
    image = populated()
    loop = VirtualLoop(random)
    loop.set_task_factory(remember_home)
    store = Store(image, is_server=random.random() < 0.7)
    world = World(loop, random, Faults(random, profile), store, Receivers(random), _VAULT)
    with _listening(report.findings), _small_portions(random):
        try:
            loop.run_until_complete(_play(world, report))
        except (Stuck, Stalled) as stop:
            report.findings.append(f"stuck: {stop}")
        except Exception as error:  # noqa: BLE001 - whatever stops a run is what the run has found
            report.findings.append(f"stopped: {error!r}")
        report.findings += [f"complaint: {each}" for each in loop.complaints]
        loop.end()
    store.discard()
    return report


async def _play(world: World, report: Report) -> None:
    earlier = frozenset(row["id"] for row in Books(world.store.connection).events)
    cluster, board = Cluster(world), Board()
    world.faults.active, world.receivers.steady = True, False
    clients = [Client(f"c{number}", Random(world.random.getrandbits(64)), cluster, board) for number in range(CLIENTS)]
    auditor = world.loop.create_task(_watch_sums(world, report))
    try:
        await _together([client.work(REQUESTS_EACH) for client in clients])
    finally:
        auditor.cancel()
        report.faults, report.crashes = world.faults.counted, cluster.crashes
    world.faults.active, world.receivers.steady = False, True
    # From here on the workers' jobs are called: polling through days would take long.
    await (await cluster.serving()).worker.stop()
    await cluster.settle()
    await asyncio.sleep(ALL_OVER_SECONDS)
    await cluster.settle()
    await _ask_again(cluster, board, report)
    _count(board.journal, report)
    async with SimulatedReader(world.store, cluster.process, world.faults).snapshot() as reader:
        proofs = await verify(reader)
    report.findings += [f"verifier: {finding}" for finding in proofs.findings]
    report.findings += reconcile(Books(world.store.connection, earlier), board.journal, world.receivers.received)
    report.trace = digest([[(entry.ask, entry.answer, entry.tries) for entry in board.journal], world.loop.time()])
    await cluster.stop()


async def _together(works: list[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


async def _watch_sums(world: World, report: Report) -> None:
    """Look at all balances in between: money on its way is never seen."""
    while True:
        await asyncio.sleep(0.1)
        async with world.store.gate:
            totals = world.store.connection.execute(
                "SELECT SUM(posted_credits - posted_debits), SUM(held_debits - held_credits) FROM ledger_account"
            ).fetchone()
        if totals != (0, 0):
            report.findings.append(f"ledger: a reader saw the sums {totals}")
            return


async def _ask_again(cluster: Cluster, board: Board, report: Report) -> None:
    """Repeat keyed requests after everything: the answer is the first one, and nothing moves."""
    keyed = [entry for entry in board.journal if entry.ask.key is not None and entry.code != REUSED]
    for entry in keyed[:: max(1, len(keyed) // 40)]:
        outcome = await cluster.ask(entry.ask, 30.0)
        if outcome.answer is None or outcome.answer.body != entry.answer or not outcome.replayed:
            report.findings.append(f"duplicated: {entry.ask} was answered otherwise when it was repeated")


def _count(journal: list[Entry], report: Report) -> None:
    for entry in journal:
        kind, members = entry.told
        refused = kind == "Refusal" or (kind == "CreatedPayment" and members["payment"]["status"] == "failed")
        report.declined += refused
        report.acknowledged += not refused
        report.resolved += entry.tries > 1


@cache
def populated() -> bytes:
    """Return the image of a migrated bank with merchants, customers, money and webhook endpoints; made once."""
    loop = VirtualLoop(Random(0))
    loop.set_task_factory(remember_home)
    store = Store(migrated())
    world = World(loop, Random(0), Faults(Random(0), _CALM), store, Receivers(Random(0)), _VAULT)
    loop.run_until_complete(_populate(world))
    loop.end()
    image = store.image()
    store.discard()
    return image


@cache
def migrated() -> bytes:
    """Return the image of a database with all tables and no rows; made once."""
    with TemporaryDirectory(prefix="tongbao-simulation-") as folder:
        path = Path(folder) / "bank.sqlite"
        migrate_template(f"sqlite:///{path}")
        # An image in WAL mode cannot be opened in memory.
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()
        return path.read_bytes()


async def _populate(world: World) -> None:
    cluster = Cluster(world)
    process = cluster.process
    for operation, command in opening():
        outcome = await process.committer.run(operation, command, Context(actor="test"))
        assert outcome.refusal is None, outcome
    for name, event_types in LISTENERS.items():
        endpoint_id = process.ids.new("whe")
        command = CreateWebhookEndpoint(
            endpoint_id=endpoint_id,
            merchant_id=f"mch_{name}",
            client_id=f"app_{name}",
            livemode=False,
            url=f"https://{name}.example/hooks",
            event_types=event_types,
            api_version="2026-11-22",
            secret_sealed=_VAULT.seal(SECRET_PURPOSE, endpoint_id, new_secret().encode()),
        )
        await process.committer.run(create_endpoint, command, Context(actor="test"))
    await cluster.settle()
    await cluster.stop()


@contextlib.contextmanager
def _small_portions(random: Random) -> Iterator[None]:
    """Let batches of a few operations be written in portions, as large ones are."""
    usual = batch.PORTION, batch.BREATH
    batch.PORTION, batch.BREATH = random.choice([1, 2, 3, usual[0]]), random.choice([1, 2])
    try:
        yield
    finally:
        batch.PORTION, batch.BREATH = usual


class _Listener(logging.Handler):
    """Takes the platform's errors that are not of our making: nothing of that kind may happen."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not is_injected(error):
            self._findings.append(f"platform: {record.getMessage()}: {error!r}")


@contextlib.contextmanager
def _listening(findings: list[str]) -> Iterator[None]:
    logger = logging.getLogger("tongbao_platform")
    listener, propagated = _Listener(findings), logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagated
