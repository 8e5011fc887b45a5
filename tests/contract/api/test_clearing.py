"""How a payment was cleared, as payee and payer see it: hold, postings, release, events and their deliveries."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.contract.api.test_captures import act, authorized, part
from tests.contract.api.test_payments import account, h5
from tests.contract.api.world import FUNDS_MINOR, START, Party, World
from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.delivery.relay import Relay, RelayParts
from tongbao_platform.domain.payments import expire_hold
from tongbao_platform.domain.payments.expire_hold import ExpireHold
from tongbao_platform.kernel.clock import DAY_MS, SECOND_MS, Instant, format_instant


def at(seconds: int) -> str:
    return format_instant(Instant(START + seconds * SECOND_MS))


async def clearing(world: World, payment: dict[str, Any], by: Party | None = None) -> dict[str, Any]:
    answer = await world.call("GET", f"/v1/payments/{payment['id']}/clearing", by=by)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def outline(steps: Iterable[dict[str, Any]]) -> list[tuple[str, str, object]]:
    """Return what each step is, when, and its amount or event."""
    return [
        (step["type"], step["at"], step["event_type"] if step["type"] == "notified" else step["amount"]["value"])
        for step in steps
    ]


def entries(step: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(each["type"], each["amount"]["value"], each["balance_after"]["value"]) for each in step["transactions"]]


async def subscribe(world: World, party: Party, *event_types: str) -> str:
    body = {"url": "https://hooks.shop.example/tongbao", "event_types": list(event_types)}
    endpoint = await world.call("POST", "/v1/webhook-endpoints", body, by=party)
    return str(endpoint.json()["id"])


async def relay(world: World) -> None:
    running = world.running
    parts = RelayParts(
        committer=running.committer,
        reader=running.reader,
        ids=running.ids,
        render_data=render_snapshot,
        livemode=False,
    )
    while await Relay(parts).relay_once():
        pass


async def parts_over_time(world: World) -> dict[str, Any]:
    """Authorize 10,000, capture 4,000 after a second and finally 1,000 after another."""
    payment = await authorized(world)
    world.clock.advance(SECOND_MS)
    await act(world, payment, "capture", part(4_000))
    world.clock.advance(SECOND_MS)
    await act(world, payment, "capture", part(1_000, final=True))
    return payment


async def test_the_whole_sequence_in_the_order_of_time(world: World) -> None:
    payment = await parts_over_time(world)
    shown = await clearing(world, payment)
    assert (shown["payment_id"], shown["object"]) == (payment["id"], "payment_clearing")
    assert (shown["status"], shown["revision"], shown["livemode"]) == ("succeeded", 3, False)
    assert outline(shown["steps"]) == [
        ("hold_opened", at(0), 10_000),
        ("notified", at(0), "payment.authorized"),
        ("posted", at(1), 4_000),
        ("notified", at(1), "payment.partially_captured"),
        ("posted", at(2), 1_000),
        ("hold_released", at(2), 5_000),
        ("notified", at(2), "payment.succeeded"),
    ]
    opened, *_, released, _ = shown["steps"]
    assert opened["expires_at"] == format_instant(Instant(START + 7 * DAY_MS))
    assert opened["hold_id"] == released["hold_id"] == payment["id"].replace("pay_", "hld_")
    assert released["reason"] == "captured"


async def test_each_side_sees_its_own_entries(world: World) -> None:
    payment = await parts_over_time(world)
    payee = [step for step in (await clearing(world, payment))["steps"] if step["type"] == "posted"]
    payer = [step for step in (await clearing(world, payment, world.buyer))["steps"] if step["type"] == "posted"]
    had = FUNDS_MINOR
    assert [entries(step) for step in payee] == [
        [("payment", 4_000, had + 4_000), ("fee", -24, had + 3_976)],
        [("payment", 1_000, had + 4_976), ("fee", -6, had + 4_970)],
    ]
    assert [entries(step) for step in payer] == [
        [("payment", -4_000, had - 4_000)],
        [("payment", -1_000, had - 5_000)],
    ]
    for party, steps in ((world.shop, payee), (world.buyer, payer)):
        statement = (await world.call("GET", f"/v1/accounts/{party.account_id}/transactions", by=party)).json()["data"]
        shown = [each for step in steps for each in step["transactions"]]
        assert sorted(shown, key=lambda each: -each["seq"]) == statement[: len(shown)]


async def test_each_side_sees_the_deliveries_to_its_own_endpoints(world: World) -> None:
    shops = await subscribe(world, world.shop, "payment.succeeded")
    buyers = await subscribe(world, world.buyer, "*")
    payment = await authorized(world)
    await act(world, payment, "capture", {})

    async def seen(party: Party) -> list[list[tuple[str, str]]]:
        steps = (await clearing(world, payment, party))["steps"]
        told = [step["deliveries"] for step in steps if step["type"] == "notified"]
        return [[(each["endpoint_id"], each["status"]) for each in deliveries] for deliveries in told]

    assert await seen(world.shop) == [[], []]
    await relay(world)
    assert await seen(world.shop) == [[], [(shops, "pending")]]
    assert await seen(world.buyer) == [[(buyers, "pending")], [(buyers, "pending")]]


@pytest.mark.parametrize("ending", ["voided", "expired"])
@pytest.mark.parametrize("captured", [0, 4_000])
async def test_a_hold_that_ends_without_a_capture(world: World, ending: str, captured: int) -> None:
    payment = await authorized(world)
    if captured:
        await act(world, payment, "capture", part(captured))
    world.clock.advance(SECOND_MS if ending == "voided" else 7 * DAY_MS)
    if ending == "voided":
        await act(world, payment, "void")
    else:
        await world.done(expire_hold, ExpireHold(payment_id=payment["id"]))
    shop = await world.with_scopes(world.shop, ("payments:read",))
    *_, released, told = (await clearing(world, payment, shop))["steps"]
    assert (released["type"], released["reason"], released["amount"]["value"]) == (
        "hold_released",
        ending,
        10_000 - captured,
    )
    assert told["event_type"] == ("payment.succeeded" if captured else "payment.canceled")
    assert released["at"] == told["at"] == format_instant(world.clock.now())


async def test_while_it_is_authorized_nothing_is_released(world: World) -> None:
    payment = await authorized(world)
    await act(world, payment, "capture", part(4_000))
    shown = await clearing(world, payment)
    assert [step["type"] for step in shown["steps"]] == ["hold_opened", "posted", "notified", "notified"]
    assert [step["event_type"] for step in shown["steps"][2:]] == ["payment.authorized", "payment.partially_captured"]


async def test_captures_of_one_moment_are_steps_of_their_own(world: World) -> None:
    payment, other = await authorized(world), await authorized(world, "B-2")
    for value in (1_000, 2_000):
        await act(world, payment, "capture", part(value))
        await act(world, other, "capture", part(7))
    posted = [step for step in (await clearing(world, payment))["steps"] if step["type"] == "posted"]
    assert [entries(step)[0][:2] for step in posted] == [("payment", 1_000), ("payment", 2_000)]
    assert [len(step["transactions"]) for step in posted] == [2, 2]


async def test_a_payment_posted_at_once_has_its_posting_and_its_event(world: World) -> None:
    for number in range(3):
        await world.call("POST", "/v1/payments", account(world, f"before-{number}", 10), by=world.buyer)
        world.clock.advance(SECOND_MS)
    paid = (await world.call("POST", "/v1/payments", account(world), by=world.buyer)).json()
    world.clock.advance(SECOND_MS)
    await world.call("POST", "/v1/payments", account(world, "after", 10), by=world.buyer)
    await world.call(
        "POST", "/v1/refunds", {"payment_id": paid["id"], "merchant_refund_no": "R", "amount": paid["amount"]}
    )
    shown = await clearing(world, paid, world.buyer)
    assert outline(shown["steps"]) == [("posted", at(3), 5_000), ("notified", at(3), "payment.succeeded")]
    assert entries(shown["steps"][0]) == [("payment", -5_000, FUNDS_MINOR - 5_030)]


async def test_what_moved_nothing_shows_its_events(world: World) -> None:
    failed = (await world.call("POST", "/v1/payments", account(world, value=FUNDS_MINOR + 1), by=world.buyer)).json()
    assert outline((await clearing(world, failed))["steps"]) == [("notified", at(0), "payment.failed")]
    waiting = (await world.call("POST", "/v1/payments", h5(capture_method="manual"))).json()
    world.clock.advance(SECOND_MS)
    await world.call("POST", f"/v1/payments/{waiting['id']}/close")
    assert outline((await clearing(world, waiting))["steps"]) == [
        ("notified", at(0), "payment.created"),
        ("notified", at(1), "payment.canceled"),
    ]


async def test_strangers_learn_nothing(world: World) -> None:
    waiting = (await world.call("POST", "/v1/payments", h5())).json()
    for payment_id in (waiting["id"], world.running.ids.new("pay")):
        answer = await world.call("GET", f"/v1/payments/{payment_id}/clearing", by=world.buyer)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
