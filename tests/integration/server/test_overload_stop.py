"""A server is asked to end amid its work: what it took on it finishes, what it did not take on never happened."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.factories.servers import Parties, ServerProcess, books, prepare_database
from tests.integration.execution.other_connection import second_connection, until_somebody_waits
from tests.integration.server.conftest import StartProcess
from tongbao import AsyncTongbao, ConnectionFailed, OutcomeUnknown, RawResponse, ServerOutcomeUnknown, models
from tongbao_platform.processes.foundation import open_foundation

LANES = 16
STOP_AFTER = 60
_PATIENCE_SECONDS = 60


def payment(parties: Parties, number: int) -> dict[str, Any]:
    return {
        "merchant_order_no": f"end-{number}",
        "amount": models.Money(value=100, currency="CNY"),
        "method": models.AccountMethodInput(
            source_account_id=parties.buyer.account_id, payee_account_id=parties.shop.account_id
        ),
        "idempotency_key": f"end-{number}",
    }


async def payments_stored(process: ServerProcess) -> int:
    """Return how many payments there are, and prove the books; the server must not run."""
    async with open_foundation(process.settings) as foundation:
        report = await books(foundation.reader)
    assert report.is_clean, report.findings
    return report.counts["payment"]


async def until_nobody_listens(process: ServerProcess) -> None:
    """Try to connect until that is refused; each try is answered by the kernel."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((process.settings.host, process.settings.port)) != 0:
                    return
            await asyncio.sleep(0)


async def lock_all_accounts(connection: Any) -> asyncpg.transaction.Transaction:
    """Hold every account, so that a payment is taken on and cannot end."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT id FROM ledger_account FOR UPDATE")
    return transaction


async def test_what_got_no_answer_happened_wholly_or_not_at_all(
    database_url: str, tmp_path: Path, server_process: StartProcess
) -> None:
    process = server_process(database_url)
    parties = await prepare_database(process.settings)
    process.start()
    answered: dict[int, bytes] = {}
    unanswered: list[int] = []
    numbers = iter(range(100_000))

    async def lane(client: AsyncTongbao) -> None:
        for number in numbers:
            try:
                answered[number] = (await client.payments.with_raw_response.create(**payment(parties, number))).body
            except ServerOutcomeUnknown:
                # What was taken on is finished, not turned away halfway.
                raise
            except (ConnectionFailed, OutcomeUnknown):
                unanswered.append(number)
                return
            if len(answered) == STOP_AFTER:
                process.signal(signal.SIGTERM)

    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=LANES, max_keepalive_connections=LANES)
        http = await stack.enter_async_context(httpx.AsyncClient(limits=limits))
        client = parties.buyer.client(process.address, http_client=http, max_retries=0)
        await asyncio.gather(*(lane(client) for _ in range(LANES)))
    assert await asyncio.to_thread(process.wait) == 0
    assert len(answered) >= STOP_AFTER
    assert len(unanswered) == LANES
    stored = await payments_stored(process)
    assert stored >= len(answered)

    process.start()
    again: dict[int, RawResponse[models.Payment]] = {}
    async with parties.buyer.client(process.address) as client:
        for number in (*answered, *unanswered):
            again[number] = await client.payments.with_raw_response.create(**payment(parties, number))
    assert {number: again[number].body for number in answered} == answered
    # Whatever is stored has its answer with it, so nothing is half there.
    assert sum(answer.idempotent_replayed for answer in again.values()) == stored
    assert process.stop() == 0
    assert await payments_stored(process) == len(again)


@pytest.mark.postgresql
async def test_what_runs_is_finished_while_nothing_new_is_taken(
    postgresql_url: str, tmp_path: Path, server_process: StartProcess
) -> None:
    process = server_process(postgresql_url)
    parties = await prepare_database(process.settings)
    process.start()
    async with parties.buyer.client(process.address, max_retries=0) as client:
        await client.me.get()
        async with second_connection(postgresql_url) as connection:
            locked = await lock_all_accounts(connection)
            task = asyncio.ensure_future(client.payments.with_raw_response.create(**payment(parties, 1)))
            await until_somebody_waits(connection)
            # Neither somebody who never ends a request nor a second signal changes the end.
            with socket.create_connection((process.settings.host, process.settings.port)) as half:
                half.sendall(b"POST /v1/payments HT")
                process.signal(signal.SIGTERM)
                await until_nobody_listens(process)
                process.signal(signal.SIGTERM)
                await locked.rollback()
                (answer,) = await asyncio.gather(task, return_exceptions=True)
                assert await asyncio.to_thread(process.wait) == 0
    if isinstance(answer, BaseException):
        # On a machine that is too busy the lock outlived the time that an operation may wait: told, and nothing done.
        assert isinstance(answer, ServerOutcomeUnknown)
        assert answer.code == "overloaded"
    else:
        assert answer.status_code == 201
    assert await payments_stored(process) == (not isinstance(answer, BaseException))


@pytest.mark.postgresql
async def test_whoever_interrupts_twice_does_not_wait(
    postgresql_url: str, tmp_path: Path, server_process: StartProcess
) -> None:
    process = server_process(postgresql_url)
    parties = await prepare_database(process.settings)
    process.start()
    async with parties.buyer.client(process.address, max_retries=0) as client:
        await client.me.get()
        async with second_connection(postgresql_url) as connection:
            await lock_all_accounts(connection)
            task = asyncio.ensure_future(client.payments.create(**payment(parties, 1)))
            await until_somebody_waits(connection)
            process.signal(signal.SIGINT)
            await asyncio.to_thread(process.until_told, "stopping")
            process.signal(signal.SIGINT)
            assert await asyncio.to_thread(process.wait) == -signal.SIGINT
            with pytest.raises(OutcomeUnknown):
                await task
    process.start()
    async with parties.buyer.client(process.address) as client:
        assert (await client.payments.create(**payment(parties, 1))).status == "succeeded"
    assert process.stop() == 0
    assert await payments_stored(process) == 1
