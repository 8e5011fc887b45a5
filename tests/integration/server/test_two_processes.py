"""Two server processes on one PostgreSQL: their rows meet in opposite order and no caller notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.factories.servers import (
    FUNDS_MINOR,
    Address,
    Parties,
    Party,
    ServerProcess,
    add_party,
    books,
    done,
    prepare,
)
from tests.integration.server.conftest import StartProcess
from tongbao import AsyncTongbao, AuthenticationError, ConflictError, TokenError, UnprocessableError
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.keys import revoke
from tongbao_platform.processes.foundation import Foundation, open_foundation

pytestmark = pytest.mark.postgresql
MANY = 50
LANES = 10


class Pair(msgspec.Struct, frozen=True):
    """Two running servers, and a foundation on the same database to look at it from outside."""

    foundation: Foundation
    parties: Parties
    first: ServerProcess
    second: ServerProcess
    stack: AsyncExitStack

    @property
    def addresses(self) -> tuple[Address, Address]:
        return self.first.address, self.second.address

    async def clients(self, party: Party) -> tuple[AsyncTongbao, AsyncTongbao]:
        """Return the party's client of each process; neither repeats anything."""
        first, second = (party.client(address, max_retries=0) for address in self.addresses)
        for client in (first, second):
            self.stack.push_async_callback(client.close)
        return first, second

    async def assert_clean(self) -> None:
        report = await books(self.foundation.reader)
        assert report.is_clean, report.findings


@pytest.fixture
async def pair(postgresql_url: str, tmp_path: Path, server_process: StartProcess) -> AsyncIterator[Pair]:
    """Give two servers that issue tokens under one name."""
    first = server_process(postgresql_url)
    second = server_process(postgresql_url, issuer=first.settings.base_url)
    async with AsyncExitStack() as stack:
        foundation = await stack.enter_async_context(open_foundation(first.settings))
        parties = await prepare(foundation)
        await asyncio.gather(asyncio.to_thread(first.start), asyncio.to_thread(second.start))
        yield Pair(foundation, parties, first, second, stack)


def payment(payer: Party, payee: Party, number: str, value: int = 1_000) -> dict[str, Any]:
    return {
        "merchant_order_no": number,
        "amount": {"value": value, "currency": "CNY"},
        "method": {"type": "account", "source_account_id": payer.account_id, "payee_account_id": payee.account_id},
    }


async def in_lanes(calls: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Make the calls in their order, ``LANES`` at a time; return the answers in that order."""
    answers: list[Any] = [None] * len(calls)
    waiting = iter(enumerate(calls))

    async def lane() -> None:
        for place, call in waiting:
            answers[place] = await call()

    await asyncio.gather(*(lane() for _ in range(LANES)))
    return answers


async def test_the_same_keys_in_opposite_order_are_done_once_each(pair: Pair) -> None:
    shop, buyer = pair.parties.shop, pair.parties.buyer
    shops, buyers = await pair.clients(shop), await pair.clients(buyer)

    def calls(process: int) -> list[Callable[[], Awaitable[Any]]]:
        # Money both ways, so that the two accounts are wanted in both orders too.
        def call(number: int) -> Callable[[], Awaitable[Any]]:
            payer, payee, client = (buyer, shop, buyers) if number % 2 else (shop, buyer, shops)
            body = payment(payer, payee, f"both-{number}")
            create = client[process].payments.with_raw_response.create
            return lambda: create(**body, idempotency_key=f"key-{number}")

        made = [call(number) for number in range(MANY)]
        return made if process == 0 else made[::-1]

    upward, downward = await asyncio.gather(in_lanes(calls(0)), in_lanes(calls(1)))

    for one, other in zip(upward, downward[::-1], strict=True):
        assert one.body == other.body
        assert (one.status_code, other.status_code) == (201, 201)
        assert {one.idempotent_replayed, other.idempotent_replayed} == {False, True}
    assert len({answer.parse().id for answer in upward}) == MANY
    for client in shops:
        # As much came as went; the fee of six fen per payment stays with the bank.
        assert (await client.accounts.balance(shop.account_id)).posted.value == FUNDS_MINOR - 6 * MANY // 2
    await pair.assert_clean()


async def test_the_last_yuan_and_the_full_refund_have_one_winner(pair: Pair) -> None:
    poor = await add_party(pair.foundation, pair.parties.bank, "Poor", 100)
    clients = await pair.clients(poor)
    payments = await asyncio.gather(
        *(
            clients[number % 2].payments.create(**payment(poor, pair.parties.shop, f"last-{number}", 100))
            for number in range(MANY)
        )
    )
    assert Counter(each.status.value for each in payments) == {"succeeded": 1, "failed": MANY - 1}
    winner = next(each for each in payments if each.status == "succeeded")
    shops = await pair.clients(pair.parties.shop)
    refunds = await asyncio.gather(
        *(
            shops[number % 2].refunds.create(
                payment_id=winner.id, merchant_refund_no=f"full-{number}", amount=winner.amount
            )
            for number in range(MANY)
        ),
        return_exceptions=True,
    )
    refused = [each for each in refunds if isinstance(each, BaseException)]
    assert len(refused) == MANY - 1
    for refusal in refused:
        assert isinstance(refusal, UnprocessableError)
        assert refusal.code == "refund_exceeds_payment"
    assert (await clients[0].accounts.balance(poor.account_id)).posted.value == 100
    await pair.assert_clean()


async def test_a_hold_has_one_end_whichever_process_is_asked(pair: Pair) -> None:
    buyers, shops = await pair.clients(pair.parties.buyer), await pair.clients(pair.parties.shop)
    body = payment(pair.parties.buyer, pair.parties.shop, "held", 10_000)
    held = await buyers[0].payments.create(**body, capture_method="manual")

    def end(number: int) -> Awaitable[Any]:
        client = shops[number % 2]
        return client.payments.void(held.id) if number % 4 < 2 else client.payments.capture(held.id)

    ended = await asyncio.gather(*(end(number) for number in range(MANY)), return_exceptions=True)
    refused = [each for each in ended if isinstance(each, BaseException)]
    assert len(refused) == MANY - 1
    for refusal in refused:
        assert isinstance(refusal, ConflictError)
        assert refusal.code == "payment_invalid_state"
    (winner,) = (each for each in ended if not isinstance(each, BaseException))
    for client in shops:
        assert await client.payments.get(held.id) == winner
    balance = await buyers[0].accounts.balance(pair.parties.buyer.account_id)
    assert balance.posted.value == balance.available.value == FUNDS_MINOR - winner.amount_captured.value
    await pair.assert_clean()


async def test_parts_in_two_processes_take_what_was_held_and_no_more(pair: Pair) -> None:
    buyers, shops = await pair.clients(pair.parties.buyer), await pair.clients(pair.parties.shop)
    body = payment(pair.parties.buyer, pair.parties.shop, "parts", 10_000)
    held = await buyers[0].payments.create(**body, capture_method="manual")
    part = {"value": 300, "currency": "CNY"}
    parts = await asyncio.gather(
        *(shops[number % 2].payments.capture(held.id, amount=part, final=False) for number in range(MANY)),  # type: ignore[arg-type]  # an amount as a dict
        return_exceptions=True,
    )
    # Thirty-three parts of 300 fit into 10,000, and 100 stay held.
    refused = [each for each in parts if isinstance(each, BaseException)]
    assert len(refused) == MANY - 33
    for refusal in refused:
        assert isinstance(refusal, UnprocessableError)
        assert refusal.problem["remaining"] == 100
    balance = await buyers[1].accounts.balance(pair.parties.buyer.account_id)
    assert (balance.posted.value, balance.held.value) == (FUNDS_MINOR - 9_900, 100)
    await pair.assert_clean()


async def test_of_one_number_in_two_processes_one_is_first(pair: Pair) -> None:
    clients = await pair.clients(pair.parties.buyer)
    body = payment(pair.parties.buyer, pair.parties.shop, "one-number")
    answers = await asyncio.gather(
        *(
            clients[number % 2].payments.with_raw_response.create(**body, idempotency_key=f"own-{number}")
            for number in range(MANY)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: MANY - 1}
    assert len({answer.parse().id for answer in answers}) == 1
    await pair.assert_clean()


async def test_a_revoked_key_and_a_disabled_client_end_in_every_process(pair: Pair) -> None:
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

    shops, buyers = await pair.clients(pair.parties.shop), await pair.clients(pair.parties.buyer)
    for client in (*shops, *buyers):
        await client.me.get()
    await done(pair.foundation, revoke, revoke.RevokeKey(key_id=pair.parties.shop.key_id))
    await done(pair.foundation, disable, disable.DisableClient(client_id=pair.parties.buyer.client_id))
    assert {await refused(client) for client in shops} <= {"invalid_client", "token_invalid"}
    assert {await refused(client) for client in buyers} <= {"invalid_client", "client_disabled"}
