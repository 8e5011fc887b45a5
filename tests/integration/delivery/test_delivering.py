"""From the commit to the receiver: once for each endpoint, signed, filtered, rendered for its reader."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.integration.delivery.post_office import BUYER, SHOP, VERSION, open_post_office, received
from tests.unit.delivery.receiver import status
from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.domain.events.get import get as get_event
from tongbao_platform.domain.events.list import list_events
from tongbao_platform.domain.webhook_deliveries.catch_up import catch_up
from tongbao_platform.domain.webhook_deliveries.filters import DeliveryFilter
from tongbao_platform.domain.webhook_endpoints import delete, disable, send_test
from tongbao_platform.domain.webhook_endpoints.delete import DeleteWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.disable import DisableWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.send_test import SendTestEvent
from tongbao_platform.kernel.clock import DAY_MS, format_instant
from tongbao_platform.outbox.store import BATCHES
from tongbao_platform.outbox.tables import BATCHES as BATCH_TABLE


def ok(_: int) -> bytes:
    return status(204)


async def test_every_event_arrives_once_at_each_endpoint_and_verifies(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        opened = {path: await office.open(receiver.url(path)) for path in ("/a", "/b")}
        for _ in range(30):
            await office.tell("payment.created", "payment.succeeded")
        assert await office.deliver_all() == 120
        got = received(receiver)
        assert len({(each.path, each.headers["webhook-id"]) for each in got}) == len(got) == 120
        assert {each.headers["webhook-id"] for each in got if each.path == "/a"} == {
            event.id for event in await list_events(office.running.reader, SHOP, EventFilter(), None, 1_000)
        }
        for each in got:
            assert Webhook(opened[each.path].secret).verify(each.body, each.headers) == each.event
            assert each.headers["content-type"] == "application/json"
        for_a = next(each for each in got if each.path == "/a")
        with pytest.raises(WebhookVerificationError):
            Webhook(opened["/b"].secret).verify(for_a.body, for_a.headers)
        for path, (endpoint, _secret) in opened.items():
            assert sorted(each.event["seq"] for each in got if each.path == path) == list(range(1, 61))
            assert (await office.endpoint(endpoint.id)).last_seq == 60
        assert {delivery.status for delivery in await office.deliveries()} == {"succeeded"}
        assert await office.running.reader.models(BATCHES, BATCH_TABLE.select()) == []
        assert await office.deliver_all() == 0


async def test_the_body_is_the_documented_envelope(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        await office.open(receiver.url())
        await office.tell("payment.created", "payment.succeeded")
        await office.deliver_all()
        (event,) = [each.event for each in received(receiver) if each.event["seq"] == 2]
        stored = await get_event(office.running.reader, SHOP, event["id"])
        assert stored is not None
        assert event == {
            "id": stored.id,
            "type": "payment.succeeded",
            "timestamp": format_instant(office.clock.now()),
            "livemode": False,
            "api_version": VERSION,
            "seq": 2,
            "revision": 2,
            "data": {"id": "pay_2", "seen_by": SHOP, "version": VERSION},
        }
        assert list(event) == ["id", "type", "timestamp", "livemode", "api_version", "seq", "revision", "data"]


async def test_each_side_gets_its_own_rendering_and_strangers_nothing(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        for merchant_id in (SHOP, BUYER, "mch_other"):
            await office.open(receiver.url(f"/{merchant_id}"), merchant_id=merchant_id)
        await office.tell("payment.succeeded", merchants=(SHOP, BUYER))
        await office.deliver_all()
        seen = {each.path: each.event["data"]["seen_by"] for each in received(receiver)}
        assert seen == {f"/{SHOP}": SHOP, f"/{BUYER}": BUYER}


async def test_account_events_go_out_thin(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        await office.open(receiver.url())
        await office.tell("account.transaction_posted", subject_type="account")
        await office.deliver_all()
        (got,) = received(receiver)
        assert got.event["data"] == {"id": "pay_1", "object": "account"}


async def test_an_endpoint_gets_what_it_chose_without_a_gap(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        await office.open(receiver.url("/some"), "payment.succeeded", "refund.succeeded")
        await office.open(receiver.url("/all"))
        await office.tell("payment.created", "payment.succeeded", "payment.created", "refund.succeeded")
        await office.deliver_all()
        got = received(receiver)
        some = sorted((each.event["seq"], each.event["type"]) for each in got if each.path == "/some")
        assert some == [(1, "payment.succeeded"), (2, "refund.succeeded")]
        assert sum(each.path == "/all" for each in got) == 4


async def test_an_event_that_cannot_be_rendered_goes_out_thin_and_holds_up_no_other(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        await office.open(receiver.url())
        await office.tell("payment.created", "payment.succeeded")

        def broken(event: object, viewer_merchant_id: str, api_version: str) -> bytes:
            raise ValueError("planted")

        office.relay = office.relay_with(broken)
        await office.deliver_all()
        data = sorted(each.event["data"]["id"] for each in received(receiver))
        assert data == ["pay_1", "pay_2"]
        assert received(receiver)[0].event["data"]["object"] == "payment"


async def test_a_rotated_secret_signs_with_the_one_before_for_a_day(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        endpoint, old = await office.open(receiver.url())
        new = await office.rotate(endpoint.id)
        await office.tell("payment.created")
        await office.deliver_all()
        office.clock.advance(DAY_MS)
        await office.tell("payment.succeeded")
        await office.deliver_all()
        during, after = received(receiver)
        assert (during.signed_with(new), during.signed_with(old)) == (True, True)
        assert Webhook(old).verify(during.body, during.headers) == during.event
        assert (after.signed_with(new), after.signed_with(old)) == (True, False)


async def test_a_disabled_or_deleted_endpoint_gets_nothing_more(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        off, _ = await office.open(receiver.url("/off"))
        gone, _ = await office.open(receiver.url("/gone"))
        await office.open(receiver.url("/on"), "webhook_endpoint.disabled")
        await office.tell("payment.created")
        await office.relay_all()
        await office.run(disable, DisableWebhookEndpoint(endpoint_id=off.id))
        await office.run(delete, DeleteWebhookEndpoint(endpoint_id=gone.id))
        await office.tell("payment.succeeded")
        await office.deliver_all()
        (told,) = received(receiver)
        assert (told.path, told.event["type"]) == ("/on", "webhook_endpoint.disabled")
        assert told.event["data"] == {"id": off.id, "object": "webhook_endpoint"}
        canceled = await office.deliveries(DeliveryFilter(status="canceled"))
        assert {(each.endpoint_id, each.event_type) for each in canceled} == {
            (off.id, "payment.created"),
            (gone.id, "payment.created"),
        }


async def test_a_test_event_goes_to_its_endpoint_alone_even_a_disabled_one(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        tested, secret = await office.open(receiver.url("/tested"), "refund.failed")
        await office.open(receiver.url("/other"))
        await office.run(disable, DisableWebhookEndpoint(endpoint_id=tested.id))
        await office.deliver_all()
        before = len(received(receiver))
        await office.run(send_test, SendTestEvent(endpoint_id=tested.id))
        await office.deliver_all()
        (got,) = received(receiver)[before:]
        assert (got.path, got.event["type"], got.event["seq"]) == ("/tested", "webhook_endpoint.test", 1)
        assert Webhook(secret).verify(got.body, got.headers) == got.event


async def test_events_and_deliveries_are_read_by_their_own_merchants(database_url: str) -> None:
    async with open_post_office(database_url, ok) as (office, receiver):
        endpoint, _ = await office.open(receiver.url())
        await office.tell("payment.created", "payment.succeeded", merchants=(SHOP, BUYER))
        office.clock.advance(1)  # ids of one millisecond have no order
        await office.tell("refund.succeeded")
        await office.deliver_all()
        reader = office.running.reader
        shop = await list_events(reader, SHOP, EventFilter(), None, 10)
        buyer = await list_events(reader, BUYER, EventFilter(), None, 10)
        assert [event.type for event in shop] == ["refund.succeeded", "payment.succeeded", "payment.created"]
        assert buyer == shop[1:]
        assert await list_events(reader, SHOP, EventFilter(), shop[0].id, 1) == [shop[1]]
        assert await list_events(reader, SHOP, EventFilter(type="payment.created"), None, 10) == [shop[2]]
        assert await list_events(reader, SHOP, EventFilter(subject_id="pay_2"), None, 10) == [shop[1]]
        now = office.clock.now()
        assert await list_events(reader, SHOP, EventFilter(occurred_to=now), None, 10) == shop[1:]
        assert await list_events(reader, SHOP, EventFilter(occurred_from=now), None, 10) == shop[:1]
        assert await get_event(reader, BUYER, shop[0].id) is None
        assert await get_event(reader, BUYER, shop[1].id) == shop[1]
        missed = await catch_up(reader, SHOP, endpoint.id, 1, 10)
        assert [(each.seq, each.body) for each in missed] == [
            (each.event["seq"], each.body)
            for each in sorted(received(receiver), key=lambda each: int(each.event["seq"]))
            if each.event["seq"] > 1
        ]
        assert await catch_up(reader, BUYER, endpoint.id, 0, 10) == []
        assert await office.deliveries(DeliveryFilter(event_id=shop[1].id)) == [missed[0]]
        assert await office.deliveries(DeliveryFilter(endpoint_id="whe_other")) == []
        assert await office.deliveries(merchant_id=BUYER) == []
