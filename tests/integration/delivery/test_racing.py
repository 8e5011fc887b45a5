"""Several relays, dispatchers and processes at once: numbers without gaps, and nothing twice or never."""

import asyncio
from collections import Counter

import pytest

from tests.factories.payments import account_payment, refund
from tests.factories.stored_bank import stored_bank
from tests.integration.delivery.post_office import (
    BUYER,
    SHOP,
    Answers,
    PostOffice,
    open_post_office,
    post_office,
    received,
    vault_for_tests,
)
from tests.unit.delivery.receiver import receiving, status
from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.relay import MOST_EVENTS, MOST_RENDERINGS
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint


def ok(_: int) -> bytes:
    return status(200)


async def relay_in_rounds(office: PostOffice, rounds: int) -> int:
    return sum([await office.relay.relay_once() for _ in range(rounds)])


async def in_order(office: PostOffice, endpoint: WebhookEndpoint, events: int) -> None:
    """Check that the endpoint was addressed each event once, under the numbers 1 to ``events``."""
    deliveries = [each for each in await office.deliveries() if each.endpoint_id == endpoint.id]
    assert sorted(each.seq for each in deliveries) == list(range(1, events + 1))
    assert len({each.event_id for each in deliveries}) == events
    assert all(f'"seq":{each.seq},'.encode() in each.body for each in deliveries)
    assert (await office.endpoint(endpoint.id)).last_seq == events


async def test_two_relays_of_one_process_do_not_double(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        # Three endpoints: a round's deliveries are more than one transaction takes.
        endpoints = [(await office.open(receiver.url(f"/{n}"))).endpoint for n in range(3)]
        assert MOST_EVENTS * len(endpoints) > MOST_RENDERINGS
        await office.tell(*["payment.created"] * 450)
        done = await asyncio.gather(*(relay_in_rounds(office, 4) for _ in range(3)))
        assert sum(done) == 450
        for endpoint in endpoints:
            await in_order(office, endpoint, 450)


@pytest.mark.postgresql
async def test_two_relays_of_two_processes_number_without_gaps(postgresql_url: str) -> None:
    async with open_post_office(postgresql_url, ok) as (first, receiver), post_office(postgresql_url) as second:
        endpoints = [(await first.open(receiver.url(f"/{n}"))).endpoint for n in range(3)]

        async def tell(office: PostOffice) -> None:
            for _ in range(20):
                await office.tell(*["payment.created"] * 10)

        done = await asyncio.gather(
            tell(first), tell(second), *(relay_in_rounds(office, 60) for office in (first, second, first, second))
        )
        rest = await first.relay_all()
        assert sum(count or 0 for count in done) + rest == 400
        for endpoint in endpoints:
            await in_order(first, endpoint, 400)


@pytest.mark.postgresql
async def test_two_dispatchers_of_two_processes_share_the_work(postgresql_url: str) -> None:
    async with open_post_office(postgresql_url, ok) as (first, receiver), post_office(postgresql_url) as second:
        for n in range(5):
            await first.open(receiver.url(f"/{n}"))
        await first.tell(*["payment.created"] * 60)
        await first.relay_all()
        # Both have one clock here: on a wall clock they would share one anyway.
        second.clock.advance(max(0, first.clock.now() - second.clock.now()))
        taken = await asyncio.gather(first.deliver_all(), second.deliver_all())
        assert sum(taken) == 300
        times = Counter((each.path, each.headers["webhook-id"]) for each in received(receiver))
        assert len(times) == 300
        assert set(times.values()) == {1}
        assert {delivery.status for delivery in await first.deliveries()} == {"succeeded"}


async def test_real_payments_and_refunds_reach_both_sides(database_url: str) -> None:
    """The whole way, with the API's own rendering: each side sees the payment as its own."""
    async with (
        stored_bank(database_url) as bank,
        open_sender(AddressGuard(loopback_allowed=True), SenderLimits()) as sender,
        receiving(Answers(ok)) as receiver,
    ):
        office = PostOffice(bank.running, bank.clock, sender, vault_for_tests())
        office.relay = office.relay_with(render_snapshot)
        for merchant_id in (SHOP, BUYER):
            await office.open(receiver.url(f"/{merchant_id}"), merchant_id=merchant_id)
        await bank.run(create_payment, account_payment("1"), by=BUYER)
        await bank.run(create_refund, refund("1", 4_000), by=SHOP)
        await office.deliver_all()
        got = received(receiver)
        told = Counter((each.path, each.event["type"]) for each in got if not each.event["type"].startswith("account."))
        assert told == {
            (f"/{SHOP}", "payment.succeeded"): 1,
            (f"/{BUYER}", "payment.succeeded"): 1,
            (f"/{SHOP}", "refund.succeeded"): 1,
        }
        seen = {each.path: each.event["data"] for each in got if each.event["type"] == "payment.succeeded"}
        assert {data["id"] for data in seen.values()} == {"pay_1"}
        assert seen[f"/{SHOP}"] != seen[f"/{BUYER}"]
        accounts = [each.event for each in got if each.event["type"] == "account.transaction_posted"]
        assert {(event["data"]["id"], tuple(event["data"])) for event in accounts} >= {
            ("acc_shop", ("id", "object")),
            ("acc_buyer", ("id", "object")),
        }
