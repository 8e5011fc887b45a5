"""Webhook endpoints, deliveries and events through the whole pipeline."""

from typing import Any

from tests.contract.api.test_payments import account, h5
from tests.contract.api.world import World
from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.delivery.relay import Relay, RelayParts

URL = "https://hooks.shop.example/tongbao"


def wanted(**changes: Any) -> dict[str, Any]:
    return {"url": URL, "event_types": ["payment.succeeded"]} | changes


async def test_an_endpoint_is_created_changed_and_deleted(world: World) -> None:
    made = await world.call("POST", "/v1/webhook-endpoints", wanted(), key="k")
    assert made.status_code == 201, made.text
    endpoint = made.json()
    assert endpoint.pop("secret").startswith("whsec_")
    again = await world.call("POST", "/v1/webhook-endpoints", wanted(), key="k")
    assert again.content == made.content
    target = f"/v1/webhook-endpoints/{endpoint['id']}"
    assert (await world.call("GET", target)).json() == endpoint
    assert (await world.call("GET", target, by=world.buyer)).status_code == 404
    assert (await world.call("GET", "/v1/webhook-endpoints")).json()["data"] == [endpoint]
    changed = await world.call("PATCH", target, {"event_types": ["*"], "description": "All", "status": "disabled"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["event_types"], changed.json()["status"]) == (["*"], "disabled")
    cleared = await world.call("PATCH", target, {"description": None, "status": "enabled"})
    assert (cleared.json()["description"], cleared.json()["disabled_reason"]) == (None, None)
    rotated = await world.call("POST", f"{target}/rotate-secret")
    assert rotated.json()["secret"] != made.json()["secret"]
    assert (await world.call("POST", f"{target}/test")).status_code == 200
    deleted = await world.call("DELETE", target)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert "jws-signature" in deleted.headers
    assert (await world.call("GET", target)).status_code == 404
    assert (await world.call("DELETE", target)).status_code == 404


async def test_urls_and_event_types_are_judged(one_world: World) -> None:
    inside = await one_world.call("POST", "/v1/webhook-endpoints", wanted(url="https://10.0.0.1/x"))
    assert (inside.status_code, inside.json()["code"]) == (422, "webhook_url_not_allowed")
    unknown = await one_world.call("POST", "/v1/webhook-endpoints", wanted(event_types=["payment.eaten"]))
    assert unknown.json()["errors"][0]["pointer"] == "/event_types/0"
    twice = await one_world.call("POST", "/v1/webhook-endpoints", wanted(event_types=["*", "payment.succeeded"]))
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/event_types")


def relay_of(world: World) -> Relay:
    running = world.running
    return Relay(
        RelayParts(
            committer=running.committer,
            reader=running.reader,
            ids=running.ids,
            render_data=render_snapshot,
            livemode=False,
        )
    )


async def test_events_show_each_side_what_it_may_see(world: World) -> None:
    await world.call("POST", "/v1/payments", h5())
    paid = (await world.call("POST", "/v1/payments", account(world), by=world.buyer)).json()
    seen = (await world.call("GET", f"/v1/events?object_id={paid['id']}")).json()["data"]
    (event,) = seen
    assert (event["type"], event["data"]["merchant_order_no"], event["seq"]) == ("payment.succeeded", None, None)
    own = (await world.call("GET", f"/v1/events/{event['id']}", by=world.buyer)).json()
    assert own["data"] == paid
    created = (await world.call("GET", "/v1/events?type=payment.created")).json()["data"]
    assert created[0]["data"]["next_action"] is None
    assert (await world.call("GET", f"/v1/events/{created[0]['id']}", by=world.buyer)).status_code == 404
    # What only says "look again" becomes an event when the relay comes to it.
    assert (await world.call("GET", "/v1/events?type=account.transaction_posted")).json()["data"] == []
    while await relay_of(world).relay_once():
        pass
    thin = (await world.call("GET", "/v1/events?type=account.transaction_posted")).json()["data"][0]
    assert thin["data"] == {"id": world.shop.account_id, "object": "account"}
    page = (await world.call("GET", "/v1/events?limit=1")).json()
    assert page["has_more"]
    assert (await world.call("GET", f"/v1/events?limit=1&cursor={page['next_cursor']}")).json()["data"] != page["data"]


async def test_catching_up_needs_an_endpoint_of_ones_own(one_world: World) -> None:
    endpoint = (await one_world.call("POST", "/v1/webhook-endpoints", wanted())).json()
    target = f"/v1/events?endpoint_id={endpoint['id']}"
    assert (await one_world.call("GET", f"{target}&after_seq=0")).json()["data"] == []
    assert (await one_world.call("GET", f"{target}&after_seq=0", by=one_world.buyer)).status_code == 404
    for bad in (target, "/v1/events?after_seq=0", f"{target}&after_seq=0&type=payment.created"):
        answer = await one_world.call("GET", bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


async def test_deliveries_are_listed(one_world: World) -> None:
    assert (await one_world.call("GET", "/v1/webhook-deliveries?status=pending")).json()["data"] == []
    unknown = await one_world.call("GET", "/v1/webhook-deliveries/dlv_01k8wq3v5rf1msx7r3p9v2c4ta")
    assert unknown.status_code == 404
