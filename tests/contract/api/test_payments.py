"""Payments through the whole pipeline, signed both ways."""

import asyncio
from typing import Any

from sqlalchemy import select

from tests.contract.api.world import FUNDS_MINOR, World
from tongbao_platform.execution.records import ANSWER_TABLE


def h5(number: str = "A-1", **changes: Any) -> dict[str, Any]:
    return {
        "merchant_order_no": number,
        "amount": {"value": 1999, "currency": "CNY"},
        "description": "Two coffees",
        "method": {"type": "h5", "return_url": "https://shop.example/done"},
    } | changes


def account(world: World, number: str = "B-1", value: int = 5_000) -> dict[str, Any]:
    method = {"type": "account", "source_account_id": world.buyer.account_id, "payee_account_id": world.shop.account_id}
    return {"merchant_order_no": number, "amount": {"value": value, "currency": "CNY"}, "method": method}


async def test_an_h5_payment_is_created_read_and_found_by_its_number(world: World) -> None:
    created = await world.call("POST", "/v1/payments", h5())
    assert created.status_code == 201, created.text
    payment = created.json()
    assert created.headers["location"] == f"/v1/payments/{payment['id']}"
    assert payment["status"] == "requires_action"
    assert payment["next_action"]["url"].startswith("https://pay.tongbao.test/checkout/")
    assert "jws-signature" in created.headers
    read = await world.call("GET", f"/v1/payments/{payment['id']}")
    assert read.json() == payment
    found = await world.call("GET", "/v1/payments/by-merchant-order-no/A-1")
    assert found.json() == payment


async def test_the_same_number_gives_the_same_payment_and_other_parameters_a_conflict(world: World) -> None:
    first = await world.call("POST", "/v1/payments", h5())
    again = await world.call("POST", "/v1/payments", h5())
    assert (again.status_code, again.json()) == (200, first.json())
    other = await world.call("POST", "/v1/payments", h5(amount={"value": 1, "currency": "CNY"}, description="Tea"))
    assert other.status_code == 409
    problem = other.json()
    assert problem["code"] == "merchant_number_conflict"
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/amount/value", "differs"),
        ("/description", "differs"),
    }
    assert "jws-signature" in other.headers


async def test_a_repeated_key_replays_the_stored_bytes(world: World) -> None:
    first = await world.call("POST", "/v1/payments", h5(), key="k1")
    again = await world.call("POST", "/v1/payments", h5(), key="k1")
    assert again.content == first.content
    assert again.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["request-id"] != first.headers["request-id"]
    other = await world.call("POST", "/v1/payments", h5("A-2"), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_fifty_parallel_requests_with_one_key_make_one_payment(world: World) -> None:
    answers = await asyncio.gather(*(world.call("POST", "/v1/payments", h5(), key="k1") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


async def test_an_account_payment_is_posted_at_once_and_shown_to_both_sides(world: World) -> None:
    paid = await world.call("POST", "/v1/payments", account(world), by=world.buyer)
    assert paid.status_code == 201, paid.text
    payment = paid.json()
    assert (payment["status"], payment["revision"], payment["fee"]["value"]) == ("succeeded", 1, 30)
    seen = (await world.call("GET", f"/v1/payments/{payment['id']}", by=world.shop)).json()
    assert seen["merchant_order_no"] is None
    assert payment["merchant_order_no"] == "B-1"
    listed = (await world.call("GET", "/v1/payments", by=world.shop)).json()
    assert [each["id"] for each in listed["data"]] == [payment["id"]]
    hidden = await world.call("GET", "/v1/payments/by-merchant-order-no/B-1", by=world.shop)
    assert hidden.status_code == 404
    balance = (await world.call("GET", f"/v1/accounts/{world.shop.account_id}/balance", by=world.shop)).json()
    assert balance["available"] == {"value": FUNDS_MINOR + 5_000 - 30, "currency": "CNY"}


async def test_a_payment_without_funds_is_stored_as_failed(world: World) -> None:
    answer = await world.call("POST", "/v1/payments", account(world, value=FUNDS_MINOR + 1), by=world.buyer)
    assert answer.status_code == 201
    assert answer.json()["status"] == "failed"
    assert answer.json()["last_error"]["code"] == "insufficient_funds"


async def test_a_payment_is_closed_once_and_closing_again_is_harmless(world: World) -> None:
    payment = (await world.call("POST", "/v1/payments", h5())).json()
    closed = await world.call("POST", f"/v1/payments/{payment['id']}/close")
    assert (closed.status_code, closed.json()["status"], closed.json()["next_action"]) == (200, "canceled", None)
    again = await world.call("POST", f"/v1/payments/{payment['id']}/close")
    assert again.json() == closed.json()
    paid = (await world.call("POST", "/v1/payments", account(world), by=world.buyer)).json()
    refused = await world.call("POST", f"/v1/payments/{paid['id']}/close", by=world.buyer)
    assert refused.status_code == 409
    assert refused.json()["current_status"] == "succeeded"


async def test_refunds_draw_on_the_payment(world: World) -> None:
    paid = (await world.call("POST", "/v1/payments", account(world), by=world.buyer)).json()

    def refund(number: str, value: int) -> dict[str, Any]:
        amount = {"value": value, "currency": "CNY"}
        return {"payment_id": paid["id"], "merchant_refund_no": number, "amount": amount}

    made = await world.call("POST", "/v1/refunds", refund("R-1", 2_000))
    assert made.status_code == 201, made.text
    assert (await world.call("POST", "/v1/refunds", refund("R-1", 2_000))).status_code == 200
    assert (await world.call("GET", f"/v1/refunds/{made.json()['id']}")).json() == made.json()
    assert (await world.call("GET", "/v1/refunds/by-merchant-refund-no/R-1")).json() == made.json()
    over = await world.call("POST", "/v1/refunds", refund("R-2", 3_001))
    assert (over.status_code, over.json()["code"], over.json()["remaining"]) == (422, "refund_exceeds_payment", 3_000)
    stranger = await world.call("POST", "/v1/refunds", refund("R-3", 1), by=world.buyer)
    assert stranger.status_code == 422
    assert stranger.json()["errors"][0] == {
        "pointer": "/payment_id",
        "code": "not_found",
        "detail": stranger.json()["errors"][0]["detail"],
    }
    listed = (await world.call("GET", f"/v1/refunds?payment_id={paid['id']}")).json()
    assert len(listed["data"]) == 1


async def test_lists_page_with_cursors_that_are_bound_to_their_filters(world: World) -> None:
    for number in range(5):
        await world.call("POST", "/v1/payments", h5(f"N-{number}", metadata={"cart": str(number % 2)}))
        world.clock.advance(1)
    first = await world.call("GET", "/v1/payments?limit=2")
    page = first.json()
    assert (len(page["data"]), page["has_more"]) == (2, True)
    assert first.headers["link"] == f'</v1/payments?limit=2&cursor={page["next_cursor"]}>; rel="next"'
    seen = [each["merchant_order_no"] for each in page["data"]]
    while page["has_more"]:
        page = (await world.call("GET", f"/v1/payments?limit=2&cursor={page['next_cursor']}")).json()
        seen += [each["merchant_order_no"] for each in page["data"]]
    assert sorted(seen) == [f"N-{number}" for number in range(5)]
    assert page["next_cursor"] is None
    cursor = first.json()["next_cursor"]
    for target, by in (
        (f"/v1/payments?limit=2&cursor={cursor}&status=succeeded", world.shop),
        (f"/v1/payments?limit=2&cursor={cursor}", world.buyer),
        (f"/v1/refunds?limit=2&cursor={cursor}", world.shop),
        (f"/v1/payments?limit=2&cursor={cursor[:-2]}AA", world.shop),
        ("/v1/payments?cursor=x", world.shop),
    ):
        answer = await world.call("GET", target, by=by)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), target
    odd = (await world.call("GET", "/v1/payments?metadata.cart=1")).json()
    assert [each["merchant_order_no"] for each in odd["data"]] == ["N-3", "N-1"]


async def test_statements_add_up(world: World) -> None:
    await world.call("POST", "/v1/payments", account(world), by=world.buyer)
    accounts = (await world.call("GET", "/v1/accounts")).json()["data"]
    assert [each["id"] for each in accounts] == [world.shop.account_id]
    assert (await world.call("GET", f"/v1/accounts/{world.shop.account_id}")).json() == accounts[0]
    target = f"/v1/accounts/{world.shop.account_id}/transactions"
    rows = (await world.call("GET", target)).json()["data"]
    assert [row["seq"] for row in rows] == [3, 2, 1]
    assert sum(row["amount"]["value"] for row in rows) == rows[0]["balance_after"]["value"]
    page = (await world.call("GET", f"{target}?limit=2")).json()
    rest = (await world.call("GET", f"{target}?limit=2&cursor={page['next_cursor']}")).json()
    assert [*page["data"], *rest["data"]] == rows
    stranger = await world.call("GET", target, by=world.buyer)
    assert stranger.status_code == 404


async def test_me_and_currencies(world: World) -> None:
    me = (await world.call("GET", "/v1/me")).json()
    assert me["merchants"] == [
        {"id": world.shop.merchant_id, "name": "Shop", "return_origins": ["https://shop.example"]}
    ]
    assert [key["alg"] for key in me["keys"]] == ["ES256"]
    table = (await world.call("GET", "/v1/currencies")).json()["data"]
    assert {"code": "CNY", "numeric": "156", "exponent": 2, "name": "Yuan Renminbi"} in table


async def test_only_answers_that_show_an_address_are_kept_encrypted(world: World) -> None:
    await world.call("POST", "/v1/payments", h5("S-1"), key="shows")
    await world.call("POST", "/v1/payments", account(world, "S-2"), key="shows-none", by=world.buyer)
    rows = await world.running.reader.rows(select(ANSWER_TABLE.c.key, ANSWER_TABLE.c.sealed))
    assert dict(rows) == {"shows": 1, "shows-none": 0}
