"""What a run stands on: a migrated, funded database under several server processes, and a receiver of webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.factories.migrated import migrate_template
from tests.factories.servers import Address, Parties, Party, add_party, environment_for, free_port, prepare
from tests.faults.load import Cast
from tests.faults.supervisor import Service
from tests.unit.delivery.receiver import Receiver, answering, receiving, status
from tongbao_platform.domain.payments.events import EVENT_TYPES as PAYMENT_EVENTS
from tongbao_platform.domain.refunds.events import EVENT_TYPES as REFUND_EVENTS
from tongbao_platform.processes.foundation import open_foundation
from tongbao_platform.settings import load_settings

SHOPS: Final = 4
BUYERS: Final = 4
FUNDS_MINOR: Final = 10**12
READY_SECONDS: Final = 60.0
SUBSCRIBED: Final = (*PAYMENT_EVENTS, *REFUND_EVENTS)
_AS_ASKED: Final[Any] = list(SUBSCRIBED)  # the SDK names each type


class World(msgspec.Struct, kw_only=True):
    """``apis`` answer, ``services`` are all processes. ``environment`` is for further commands on the database."""

    cast: Cast
    fee_account_id: str
    apis: list[Service]
    services: list[Service]
    environment: dict[str, str]
    address: Address

    @property
    def ports(self) -> list[int]:
        """The ports of the processes that answer."""
        return [api.port for api in self.apis if api.port is not None]


async def build(database_urls: list[str], folder: Path, *, apart: bool) -> World:
    """Fill the empty database of ``database_urls[0]`` and describe the processes on it, one API per URL.

    All URLs lead to the same database. ``apart`` puts the background work into a process of its own.
    """
    port = free_port()
    environments = [
        environment_for(url, folder, base_url=f"http://127.0.0.1:{port}", port=str(port if n == 0 else free_port()))
        for n, url in enumerate(database_urls)
    ]
    settings = load_settings(environments[0])
    await asyncio.to_thread(migrate_template, database_urls[0])
    async with open_foundation(settings) as foundation:
        parties: Parties = await prepare(foundation, funds_minor=FUNDS_MINOR)

        async def more(name: str, count: int, funds_minor: int) -> list[Party]:
            return [await add_party(foundation, parties.bank, f"{name} {n}", funds_minor) for n in range(count)]

        cast = Cast(
            shops=[parties.shop, *await more("Shop", SHOPS - 1, FUNDS_MINOR)],
            buyers=[parties.buyer, *await more("Buyer", BUYERS - 1, FUNDS_MINOR)],
            poor=(await more("Poor", 1, 0))[0],
        )
    serve = ("serve", "--no-workers") if apart else ("serve",)
    apis = [Service(f"api-{n + 1}", serve, environment, folder) for n, environment in enumerate(environments)]
    workers = [Service("worker", ("worker",), environments[0], folder)] if apart else []
    return World(
        cast=cast,
        fee_account_id=parties.bank.fee_income["CNY"],
        apis=apis,
        services=[*apis, *workers],
        environment=environments[0],
        address=Address(base_url=settings.base_url, issuer=settings.issuer),
    )


async def until_ready(world: World) -> None:
    """Return when every API answers ``/readyz`` with 200; ``TimeoutError`` with the logs when one does not."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            for port in world.ports:
                while True:
                    if await is_ready(port):
                        break
                    await asyncio.sleep(0.05)
    except TimeoutError as late:
        logs = "".join(service.log.read_text(encoding="utf-8", errors="replace")[-3_000:] for service in world.services)
        raise TimeoutError(f"the servers did not get ready:\n{logs}") from late


async def is_ready(port: int) -> bool:
    """Whether ``/readyz`` on ``port`` is answered 200; any Host will do there, so any process can be asked."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            head = await reader.readline()
            writer.transport.abort()
    except (OSError, TimeoutError):
        return False
    return head.startswith(b"HTTP/1.1 200")


class Inbox:
    """The ids of delivered events, and those who wait for the next delivery."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.deliveries = 0
        self._watches: list[tuple[Callable[[], bool], Callable[[float], None]]] = []

    def watch(self, counts: Callable[[], bool], tell: Callable[[float], None]) -> None:
        """``tell`` the loop's time of the first delivery from now on that arrives when ``counts``."""
        self._watches.append((counts, tell))

    @property
    def is_watched(self) -> bool:
        """Whether somebody still waits for a delivery."""
        return bool(self._watches)

    def take(self, body: bytes) -> None:
        """Take note of one delivery."""
        self.ids.add(json.loads(body)["id"])
        self.deliveries += 1
        for watch in tuple(self._watches):
            counts, tell = watch
            if counts():
                self._watches.remove(watch)
                tell(asyncio.get_running_loop().time())


@asynccontextmanager
async def receiving_webhooks() -> AsyncIterator[tuple[Inbox, str]]:
    """Run a receiver that accepts everything; give its inbox and its URL."""
    inbox = Inbox()
    accept = answering(status(204))

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The request just read is the last one in both lists: nothing was awaited in between.
        inbox.take(receiver.bodies.pop())
        receiver.heads.clear()
        await accept(reader, writer)

    receiver: Receiver
    async with receiving(script) as receiver:
        yield inbox, receiver.url()


async def subscribe(world: World, url: str) -> None:
    """Register an endpoint for each shop."""
    for shop in world.cast.shops:
        async with shop.client(world.address) as client:
            await client.webhook_endpoints.create(url=url, event_types=_AS_ASKED)
