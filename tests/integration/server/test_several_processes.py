"""Three API processes and two workers on one PostgreSQL: nothing twice, nobody starved, no deadlock, no old news."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.factories.database import execute
from tests.factories.servers import (
    FUNDS_MINOR,
    Parties,
    Party,
    ServerProcess,
    add_party,
    books,
    done,
    environment_for,
    prepare,
)
from tests.unit.delivery.receiver import Receiver, answering, receiving, status
from tongbao import AsyncTongbao, AuthenticationError, TokenError, UnprocessableError
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.keys import revoke
from tongbao_platform.processes.foundation import Foundation, open_foundation

pytestmark = pytest.mark.postgresql
APIS = 3
WORKERS = 2
MANY = 60
LANES = 8
PATIENCE_SECONDS = 120


class Fleet(msgspec.Struct, frozen=True):
    """The running processes, and a foundation on the same database to look at it from outside."""

    foundation: Foundation
    parties: Parties
    apis: list[ServerProcess]
    workers: list[ServerProcess]
    stack: AsyncExitStack

    async def clients(self, party: Party) -> list[AsyncTongbao]:
        """Return the party's client of each API process; none repeats anything."""
        clients = [party.client(api.address, max_retries=0) for api in self.apis]
        for client in clients:
            self.stack.push_async_callback(client.close)
        return clients

    async def stop(self) -> None:
        """Stop all; each must end well, and neither deadlocks nor wrong books may be left."""
        stopped = await asyncio.gather(*(asyncio.to_thread(each.stop) for each in (*self.apis, *self.workers)))
        assert stopped == [0] * (APIS + WORKERS)
        report = await books(self.foundation.reader)
        assert report.is_clean, report.findings
        ((deadlocks,),) = self.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0
        for each in (*self.apis, *self.workers):
            assert '"level":"error"' not in each.told()

    def rows(self, statement: str) -> list[Any]:
        """Return what a statement finds."""
        return execute(self.foundation.settings.database_url, statement)


@pytest.fixture
async def fleet(postgresql_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """Give API processes that issue tokens under one name and leave background work to the workers."""
    made: list[ServerProcess] = []
    for number in range(APIS + WORKERS):
        arguments = ("serve", "--no-workers") if number < APIS else ("worker",)
        issuer = {"issuer": made[0].settings.base_url} if made else {}
        made.append(ServerProcess(environment_for(postgresql_url, tmp_path, **issuer), tmp_path, arguments))
    try:
        async with AsyncExitStack() as stack:
            foundation = await stack.enter_async_context(open_foundation(made[0].settings))
            parties = await prepare(foundation)
            for each in made:
                # One after the other: starting is all processor time.
                await asyncio.to_thread(each.start)
            yield Fleet(foundation, parties, made[:APIS], made[APIS:], stack)
    finally:
        for each in made:
            each.close()


def payment(payer: Party, payee: Party, number: str, value: int = 1_000) -> dict[str, Any]:
    return {
        "merchant_order_no": number,
        "amount": {"value": value, "currency": "CNY"},
        "method": {"type": "account", "source_account_id": payer.account_id, "payee_account_id": payee.account_id},
    }


async def in_lanes(calls: list[Callable[[], Awaitable[Any]]], answered: list[Any]) -> None:
    """Make the calls in their order, ``LANES`` at a time; put each answer at the end of ``answered``."""
    waiting = iter(calls)

    async def lane() -> None:
        for call in waiting:
            answer = await call()
            answered.append(answer)

    await asyncio.gather(*(lane() for _ in range(LANES)))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again; each look asks the database, and the deadline ends the looking."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            pass


async def do_the_same_keys_in_three_orders(fleet: Fleet) -> None:
    """Money goes to and from one hot merchant, so that the same rows are wanted in every order."""
    shop, buyer = fleet.parties.shop, fleet.parties.buyer
    shops, buyers = await fleet.clients(shop), await fleet.clients(buyer)
    upward = list(range(MANY))
    orders = (upward, upward[::-1], upward[MANY // 2 :] + upward[: MANY // 2])

    def calls(process: int) -> list[Callable[[], Awaitable[Any]]]:
        def call(number: int) -> Callable[[], Awaitable[Any]]:
            payer, payee, clients = (buyer, shop, buyers) if number % 2 else (shop, buyer, shops)
            create = clients[process].payments.with_raw_response.create
            return lambda: create(**payment(payer, payee, f"all-{number}"), idempotency_key=f"key-{number}")

        return [call(number) for number in orders[process]]

    answers: list[Any] = []
    await asyncio.gather(*(in_lanes(calls(process), answers) for process in range(APIS)))

    assert Counter(answer.status_code for answer in answers) == {201: APIS * MANY}
    assert Counter(answer.idempotent_replayed for answer in answers) == {False: MANY, True: (APIS - 1) * MANY}
    assert len({answer.body for answer in answers}) == MANY
    for client in shops:
        assert (await client.accounts.balance(shop.account_id)).posted.value == FUNDS_MINOR - 6 * MANY // 2


async def let_each_commit_its_share(fleet: Fleet) -> None:
    """All post to one merchant. When the first has done its work, the others must be well under way."""
    buyers = await fleet.clients(fleet.parties.buyer)
    answered: list[list[Any]] = [[] for _ in range(APIS)]
    at_first_end: list[int] = []

    async def work(process: int) -> None:
        def call(number: int) -> Callable[[], Awaitable[Any]]:
            body = payment(fleet.parties.buyer, fleet.parties.shop, f"{process}-{number}")
            return lambda: buyers[process].payments.create(**body)

        await in_lanes([call(number) for number in range(MANY)], answered[process])
        if not at_first_end:
            at_first_end.extend(len(each) for each in answered)

    await asyncio.gather(*(work(process) for process in range(APIS)))
    assert min(at_first_end) >= MANY // 5, at_first_end
    assert [len(each) for each in answered] == [MANY] * APIS


async def race_for_the_last_yuan_one_number_and_a_full_refund(fleet: Fleet) -> None:
    poor = await add_party(fleet.foundation, fleet.parties.bank, "Poor", 100)
    clients = await fleet.clients(poor)
    payments = await asyncio.gather(
        *(
            clients[number % APIS].payments.create(**payment(poor, fleet.parties.shop, f"last-{number}", 100))
            for number in range(MANY)
        )
    )
    assert Counter(each.status.value for each in payments) == {"succeeded": 1, "failed": MANY - 1}

    winner = next(each for each in payments if each.status == "succeeded")
    shops = await fleet.clients(fleet.parties.shop)
    refunds = await asyncio.gather(
        *(
            shops[number % APIS].refunds.create(
                payment_id=winner.id, merchant_refund_no=f"full-{number}", amount=winner.amount
            )
            for number in range(MANY)
        ),
        return_exceptions=True,
    )
    refused = [each for each in refunds if isinstance(each, BaseException)]
    assert len(refused) == MANY - 1
    assert {error.code for error in refused if isinstance(error, UnprocessableError)} == {"refund_exceeds_payment"}

    buyers = await fleet.clients(fleet.parties.buyer)
    body = payment(fleet.parties.buyer, fleet.parties.shop, "one-number")
    answers = await asyncio.gather(
        *(
            buyers[number % APIS].payments.with_raw_response.create(**body, idempotency_key=f"own-{number}")
            for number in range(MANY)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: MANY - 1}


async def see_a_revocation_everywhere(fleet: Fleet) -> None:
    async def refused(client: AsyncTongbao) -> str:
        """Return the code of the first refusal; each look takes a round trip, and the deadline ends the looking."""
        async with asyncio.timeout(10):
            while True:
                try:
                    await client.me.get()
                except AuthenticationError as error:
                    return str(error.code)
                except TokenError as error:
                    return error.error

    shops, buyers = await fleet.clients(fleet.parties.shop), await fleet.clients(fleet.parties.buyer)
    for client in (*shops, *buyers):
        await client.me.get()
    await done(fleet.foundation, revoke, revoke.RevokeKey(key_id=fleet.parties.shop.key_id))
    await done(fleet.foundation, disable, disable.DisableClient(client_id=fleet.parties.buyer.client_id))
    assert {await refused(client) for client in shops} <= {"invalid_client", "token_invalid"}
    assert {await refused(client) for client in buyers} <= {"invalid_client", "client_disabled"}


def h5(number: int) -> dict[str, Any]:
    return {
        "merchant_order_no": f"waits-{number}",
        "amount": {"value": 500, "currency": "CNY"},
        "method": {"type": "h5", "return_url": "https://shop.example/done"},
    }


def assert_each_told_once(receiver: Receiver, subjects: set[str]) -> None:
    told = Counter(msgspec.json.decode(body)["data"]["id"] for body in receiver.bodies)
    assert told == dict.fromkeys(subjects, 1)


async def test_three_processes_race_and_nothing_is_done_twice(fleet: Fleet) -> None:
    """Starting a fleet is what takes long, so one fleet does all of it."""
    await do_the_same_keys_in_three_orders(fleet)
    await let_each_commit_its_share(fleet)
    await race_for_the_last_yuan_one_number_and_a_full_refund(fleet)
    await see_a_revocation_everywhere(fleet)
    await fleet.stop()


async def test_two_workers_tell_and_expire_each_thing_once(fleet: Fleet) -> None:
    buyers, shops = await fleet.clients(fleet.parties.buyer), await fleet.clients(fleet.parties.shop)
    async with receiving(answering(status(200))) as receiver:
        await shops[0].webhook_endpoints.create(
            url=receiver.url(), event_types=["payment.succeeded", "payment.expired"]
        )
        waiting = await asyncio.gather(*(shops[number % APIS].payments.create(**h5(number)) for number in range(MANY)))
        paid = await asyncio.gather(
            *(
                buyers[number % APIS].payments.create(
                    **payment(fleet.parties.buyer, fleet.parties.shop, f"paid-{number}")
                )
                for number in range(MANY)
            )
        )
        # What the half-hour that they are given would do.
        fleet.rows("UPDATE payment SET expires_at = 0 WHERE status <> 'succeeded'")

        async def all_told() -> bool:
            ((open_deliveries, told),) = await asyncio.to_thread(
                fleet.rows, "SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FROM webhook_delivery"
            )
            return (open_deliveries, told) == (0, 2 * MANY)

        await until(all_told)
        await fleet.stop()
        assert_each_told_once(receiver, {each.id for each in (*waiting, *paid)})
    after = fleet.rows("SELECT id, status, revision FROM payment")
    statuses = {each["id"]: each["status"] for each in after}
    assert {statuses[each.id] for each in waiting} == {"expired"}
    assert {statuses[each.id] for each in paid} == {"succeeded"}
    attempts = fleet.rows("SELECT DISTINCT status, attempt_count FROM webhook_delivery")
    assert [tuple(row) for row in attempts] == [("succeeded", 1)]
    ((rows, pairs),) = fleet.rows("SELECT count(*), count(DISTINCT (endpoint_id, event_id)) FROM webhook_delivery")
    assert rows == pairs == 2 * MANY
