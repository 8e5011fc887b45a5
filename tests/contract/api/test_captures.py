"""Authorize, capture, void through the whole pipeline."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import msgspec

from tests.contract.api.world import FUNDS_MINOR, START, Party, World
from tongbao_platform.domain.payments import expire_hold
from tongbao_platform.domain.payments.expire_hold import ExpireHold
from tongbao_platform.kernel.clock import DAY_MS, Instant, format_instant

DUE = format_instant(Instant(START + 7 * DAY_MS))


async def authorized(world: World, number: str = "B-1", value: int = 10_000) -> dict[str, Any]:
    body = {
        "merchant_order_no": number,
        "amount": {"value": value, "currency": "CNY"},
        "method": {
            "type": "account",
            "source_account_id": world.buyer.account_id,
            "payee_account_id": world.shop.account_id,
        },
        "capture_method": "manual",
    }
    answer = await world.call("POST", "/v1/payments", body, by=world.buyer)
    assert answer.status_code == 201, answer.text
    payment: dict[str, Any] = answer.json()
    return payment


def part(value: int, *, final: bool = False, currency: str = "CNY") -> dict[str, Any]:
    return {"amount": {"value": value, "currency": currency}, "final": final}


async def act(world: World, payment: dict[str, Any], verb: str, body: Any = None, **options: Any) -> httpx.Response:
    return await world.call("POST", f"/v1/payments/{payment['id']}/{verb}", body, **options)


async def balance(world: World, party: Party) -> tuple[int, int, int]:
    shown = (await world.call("GET", f"/v1/accounts/{party.account_id}/balance", by=party)).json()
    return shown["posted"]["value"], shown["available"]["value"], shown["held"]["value"]


async def test_an_authorized_payment_tells_until_when_and_how_much(world: World) -> None:
    payment = await authorized(world)
    assert (payment["status"], payment["capture_method"], payment["capture_before"]) == ("authorized", "manual", DUE)
    assert payment["amount_capturable"] == {"value": 10_000, "currency": "CNY"}
    assert (payment["amount_captured"]["value"], payment["fee"]["value"]) == (0, 0)
    assert await balance(world, world.buyer) == (FUNDS_MINOR, FUNDS_MINOR - 10_000, 10_000)
    assert await balance(world, world.shop) == (FUNDS_MINOR, FUNDS_MINOR, 0)
    listed = (await world.call("GET", "/v1/payments?status=authorized")).json()["data"]
    assert [each["id"] for each in listed] == [payment["id"]]
    (event,) = (await world.call("GET", "/v1/events?type=payment.authorized")).json()["data"]
    assert event["data"] == {**payment, "merchant_order_no": None}


async def test_an_empty_object_captures_everything(world: World) -> None:
    payment = await authorized(world)
    captured = await act(world, payment, "capture", {})
    assert captured.status_code == 200, captured.text
    shown = captured.json()
    assert (shown["status"], shown["revision"], shown["capture_before"]) == ("succeeded", 2, None)
    assert (shown["amount_captured"]["value"], shown["amount_capturable"]["value"]) == (10_000, 0)
    assert shown["fee"]["value"] == 60
    assert (await world.call("GET", f"/v1/payments/{payment['id']}")).json() == shown
    assert await balance(world, world.buyer) == (FUNDS_MINOR - 10_000, FUNDS_MINOR - 10_000, 0)
    assert (await balance(world, world.shop))[0] == FUNDS_MINOR + 9_940


async def test_parts_until_a_final_one_and_the_events_of_both_sides(world: World) -> None:
    payment = await authorized(world)
    world.clock.advance(1)
    first = (await act(world, payment, "capture", part(4_000))).json()
    world.clock.advance(1)
    assert (first["status"], first["amount_capturable"]["value"], first["fee"]["value"]) == ("authorized", 6_000, 24)
    last = (await act(world, payment, "capture", part(1_000, final=True))).json()
    assert (last["status"], last["amount_captured"]["value"], last["fee"]["value"]) == ("succeeded", 5_000, 30)
    assert await balance(world, world.buyer) == (FUNDS_MINOR - 5_000, FUNDS_MINOR - 5_000, 0)
    for party in (world.shop, world.buyer):
        events = (await world.call("GET", f"/v1/events?object_id={payment['id']}", by=party)).json()["data"]
        assert [(event["type"], event["revision"]) for event in events] == [
            ("payment.succeeded", 3),
            ("payment.partially_captured", 2),
            ("payment.authorized", 1),
        ]
        assert [event["data"]["amount_captured"]["value"] for event in events] == [5_000, 4_000, 0]


async def test_a_void_cancels_and_takes_no_body(world: World) -> None:
    payment = await authorized(world)
    assert (await act(world, payment, "void", {"final": True})).status_code == 422
    voided = await act(world, payment, "void")
    assert (voided.status_code, voided.json()["status"], voided.json()["revision"]) == (200, "canceled", 2)
    assert await balance(world, world.buyer) == (FUNDS_MINOR, FUNDS_MINOR, 0)
    again = await act(world, payment, "void")
    assert (again.status_code, again.json()["code"]) == (409, "payment_invalid_state")
    assert (again.json()["current_status"], again.json()["allowed_actions"]) == ("canceled", [])


async def test_a_repeated_key_captures_once(world: World) -> None:
    payment = await authorized(world)
    answers = await asyncio.gather(*(act(world, payment, "capture", part(700), key="k1") for _ in range(10)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert (await balance(world, world.buyer))[0] == FUNDS_MINOR - 700
    other = await act(world, payment, "capture", part(701), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    voided = await act(world, payment, "void", key="k1")
    assert voided.status_code == 200


async def test_what_cannot_be_captured_is_refused_and_stored(world: World) -> None:
    payment = await authorized(world)
    over = await act(world, payment, "capture", part(10_001), key="k1")
    assert (over.status_code, over.json()["code"], over.json()["remaining"]) == (422, "validation_failed", 10_000)
    assert [(error["pointer"], error["code"]) for error in over.json()["errors"]] == [("/amount/value", "too_large")]
    assert (await act(world, payment, "capture", part(10_001), key="k1")).content == over.content
    currency = await act(world, payment, "capture", part(1, currency="USD"))
    assert (currency.status_code, currency.json()["code"]) == (422, "currency_mismatch")
    for body, pointer in (({"amount": {"value": 0, "currency": "CNY"}}, "/amount/value"), ({"final": None}, "/final")):
        invalid = await act(world, payment, "capture", body)
        assert invalid.status_code == 422
        assert [error["pointer"] for error in invalid.json()["errors"]] == [pointer]
    assert (await act(world, payment, "capture")).status_code == 415
    assert (await act(world, payment, "capture", b"")).status_code == 400
    assert (await world.call("GET", f"/v1/payments/{payment['id']}")).json()["revision"] == 1


async def test_the_payer_sees_the_payment_and_neither_captures_nor_voids_it(world: World) -> None:
    payment = await authorized(world)
    for verb, body in (("capture", {}), ("void", None)):
        refused = await act(world, payment, verb, body, by=world.buyer)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    reader = await world.with_scopes(world.shop, ("payments:read",))
    for verb, body in (("capture", {}), ("void", None)):
        refused = await act(world, payment, verb, body, by=reader)
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert (await world.call("GET", f"/v1/payments/{payment['id']}", by=world.buyer)).json()["status"] == "authorized"


async def test_when_the_time_is_over_only_the_worker_ends_the_hold(world: World) -> None:
    payment = await authorized(world)
    world.clock.advance(7 * DAY_MS)
    # Tokens live for an hour.
    shop = await world.with_scopes(world.shop, ("payments:read", "payments:write"))
    for verb, body in (("capture", {}), ("void", None)):
        refused = await act(world, payment, verb, body, by=shop)
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_invalid_state")
        assert (refused.json()["current_status"], refused.json()["allowed_actions"]) == ("authorized", [])
    expired = await world.done(expire_hold, ExpireHold(payment_id=payment["id"]))
    assert expired.changed
    shown = (await world.call("GET", f"/v1/payments/{payment['id']}", by=shop)).json()
    assert (shown["status"], shown["capture_before"], shown["amount_capturable"]["value"]) == ("canceled", None, 0)


async def test_of_parallel_captures_and_voids_one_wins(world: World) -> None:
    payment = await authorized(world)
    calls = [act(world, payment, "void") if n % 2 else act(world, payment, "capture", {}) for n in range(20)]
    answers = await asyncio.gather(*calls)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await world.call("GET", f"/v1/payments/{payment['id']}")).json() == won
    moved = won["amount_captured"]["value"]
    assert await balance(world, world.buyer) == (FUNDS_MINOR - moved, FUNDS_MINOR - moved, 0)


async def test_an_h5_payment_asks_for_manual_capture_and_waits_for_its_payer(world: World) -> None:
    body = {
        "merchant_order_no": "A-1",
        "amount": {"value": 1999, "currency": "CNY"},
        "method": {"type": "h5", "return_url": "https://shop.example/done"},
        "capture_method": "manual",
    }
    payment = (await world.call("POST", "/v1/payments", body)).json()
    assert (payment["status"], payment["capture_method"]) == ("requires_action", "manual")
    assert (payment["capture_before"], payment["amount_capturable"]["value"]) == (None, 0)
    early = await act(world, payment, "capture", {})
    assert (early.status_code, early.json()["allowed_actions"]) == (409, ["close"])
    other = await world.call("POST", "/v1/payments", {**body, "capture_method": "automatic"})
    assert [error["pointer"] for error in msgspec.json.decode(other.content)["errors"]] == ["/capture_method"]
