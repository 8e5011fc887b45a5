"""The server is killed amid a thousand payments: nothing lost, nothing doubled, every event told and delivered."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.factories.servers import (
    FUNDS_MINOR,
    Address,
    Parties,
    ServerProcess,
    books,
    prepare_database,
)
from tests.integration.server.conftest import StartProcess
from tests.unit.delivery.receiver import Receiver, answering, receiving, status
from tongbao import AsyncTongbao, ConnectionFailed, ConnectionTimedOut, OutcomeUnknown, RawResponse, models, webhooks
from tongbao_platform.outbox.tables import EVENTS
from tongbao_platform.processes.foundation import open_foundation

PAYMENTS = 1_000
KILL_AFTER = 250
# A pool looks through all that waits for it at each turn: ten of them share the thousand calls.
POOLS = 10
CONNECTIONS = 40
AT_ONCE = 20
VALUE = 100
FEE = 1  # 100 fen at 6,000 ppm are 0.6, half up
DELIVERY_SECONDS = 150.0


def numbers() -> list[str]:
    return [f"kill-{number:04}" for number in range(PAYMENTS)]


class Buyer:
    """Pays with the same key for the same number, however often."""

    def __init__(self, clients: list[AsyncTongbao], parties: Parties) -> None:
        self._clients = clients
        self._method = models.AccountMethodInput(
            source_account_id=parties.buyer.account_id, payee_account_id=parties.shop.account_id
        )

    async def pay(self, number: str) -> RawResponse[models.Payment]:
        """Pay, or raise what came instead of an answer."""
        client = self._clients[int(number[-4:]) % len(self._clients)]
        return await client.payments.with_raw_response.create(
            merchant_order_no=number,
            amount=models.Money(value=VALUE, currency="CNY"),
            method=self._method,
            idempotency_key=f"key-{number}",
        )


async def buyer_of(stack: AsyncExitStack, address: Address, parties: Parties) -> Buyer:
    """Return a buyer with connections enough; each call waits for one as long as it takes."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    clients = []
    for _ in range(POOLS):
        http = await stack.enter_async_context(httpx.AsyncClient(limits=limits))
        clients.append(parties.buyer.client(address, http_client=http, max_retries=0, timeout_seconds=120.0))
    return Buyer(clients, parties)


async def pay_until_killed(buyer: Buyer, process: ServerProcess) -> dict[str, bytes]:
    """Send every payment at once; kill the server when some are answered; return the answered bodies by number."""
    answered: dict[str, bytes] = {}
    unknown: list[str] = []

    async def one(number: str) -> None:
        try:
            answer = await buyer.pay(number)
        except (OutcomeUnknown, ConnectionFailed, ConnectionTimedOut):
            unknown.append(number)
            return
        answered[number] = answer.body
        if len(answered) == KILL_AFTER:
            process.kill()

    await asyncio.gather(*(one(number) for number in numbers()))
    assert KILL_AFTER <= len(answered) < PAYMENTS
    assert len(answered) + len(unknown) == PAYMENTS
    return answered


async def pay_again(buyer: Buyer) -> list[RawResponse[models.Payment]]:
    """Pay every number once more, a few at a time, so that the receiver of the webhooks has its share of this loop."""
    found = []
    for start in range(0, PAYMENTS, AT_ONCE):
        found += await asyncio.gather(*(buyer.pay(number) for number in numbers()[start : start + AT_ONCE]))
    return found


async def let_leases_run_out(url: str) -> None:
    """Do to the deliveries that the dead server held what a minute would do."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE webhook_delivery SET due_at = 0 WHERE status = 'pending'"))
    finally:
        await engine.dispose()


async def assert_told_once(receiver: Receiver, secret: str, payments: dict[str, models.Payment]) -> None:
    """Wait until each payment's event has arrived; every copy has one id, and every one is signed."""
    wanted = set(payments)
    ids: dict[str, set[str]] = {}
    seen = 0
    async with asyncio.timeout(DELIVERY_SECONDS):
        while wanted:
            if seen == len(receiver.bodies):
                await asyncio.sleep(0.02)
                continue
            head, body = receiver.heads[seen], receiver.bodies[seen]
            seen += 1
            headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            event: Any = webhooks.unwrap(body, headers, secret)
            assert event.type == "payment.succeeded"
            ids.setdefault(event.data.id, set()).add(event.id)
            wanted.discard(event.data.id)
    assert set(ids) == set(payments)
    assert all(len(found) == 1 for found in ids.values())


async def assert_nothing_lost(process: ServerProcess, payments: dict[str, models.Payment]) -> None:
    """Look at the database itself, with the server stopped."""
    async with open_foundation(process.settings) as foundation:
        report = await books(foundation.reader)
        assert report.is_clean, report.findings
        assert report.counts["payment"] == PAYMENTS
        rows = await foundation.reader.rows(select(EVENTS.c.type, EVENTS.c.subject_id))
        told = Counter(subject for kind, subject in rows if kind.startswith("payment."))
        assert told == dict.fromkeys(payments, 1)


async def test_a_kill_loses_and_doubles_nothing(
    database_url: str, tmp_path: Path, server_process: StartProcess
) -> None:
    process = server_process(database_url)
    parties = await prepare_database(process.settings)
    process.start()
    async with (
        AsyncExitStack() as stack,
        receiving(answering(status(200))) as receiver,
        parties.shop.client(process.address) as shop,
    ):
        endpoint = await shop.webhook_endpoints.create(url=receiver.url(), event_types=["payment.succeeded"])
        buyer = await buyer_of(stack, process.address, parties)
        answered = await pay_until_killed(buyer, process)

        await let_leases_run_out(database_url)
        process.start()
        again = await pay_again(buyer)

        for number, answer in zip(numbers(), again, strict=True):
            assert answer.status_code == 201
            if number in answered:
                assert answer.idempotent_replayed
                assert answer.body == answered[number]
        payments = {payment.id: payment for payment in (answer.parse() for answer in again)}
        assert len(payments) == PAYMENTS
        assert {payment.status.value for payment in payments.values()} == {"succeeded"}
        listed = [payment async for payment in shop.payments.list(limit=200)]
        assert {payment.id for payment in listed} == set(payments)
        assert len(listed) == PAYMENTS
        for party, moved in ((parties.buyer, -VALUE), (parties.shop, VALUE - FEE)):
            async with party.client(process.address) as client:
                balance = await client.accounts.balance(party.account_id)
            assert balance.posted.value == FUNDS_MINOR + moved * PAYMENTS
        await assert_told_once(receiver, endpoint.secret, payments)
    assert process.stop() == 0
    await assert_nothing_lost(process, payments)
