"""Balances of past moments and daily balances over the API, on both databases."""

from typing import Any

import pytest

from tests.contract.api.world import FUNDS_MINOR, START, World
from tongbao_platform.domain.accounts import roll_up
from tongbao_platform.domain.accounts.roll_up import GRACE_MS
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.kernel.clock import DAY_MS, Instant, business_date, business_day_start, format_instant

SHOP_AMOUNT = 1_000
SHOP_NET = 994


def to_the_shop(world: World, number: str) -> dict[str, Any]:
    return {
        "merchant_order_no": number,
        "amount": {"value": SHOP_AMOUNT, "currency": "CNY"},
        "description": "Beans",
        "method": {
            "type": "account",
            "source_account_id": world.buyer.account_id,
            "payee_account_id": world.shop.account_id,
        },
    }


async def paid(world: World, number: str) -> None:
    answer = await world.call("POST", "/v1/payments", to_the_shop(world, number), by=world.buyer)
    assert answer.json()["status"] == "succeeded", answer.text


async def balance_at(world: World, at: int) -> dict[str, Any]:
    target = f"/v1/accounts/{world.shop.account_id}/balance?at={format_instant(Instant(at))}"
    answer = await world.call("GET", target)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def money(value: int) -> dict[str, Any]:
    return {"value": value, "currency": "CNY"}


async def test_the_balance_of_any_past_moment(world: World) -> None:
    world.clock.advance(1_000)
    await paid(world, "1")
    world.clock.advance(1_000)
    assert await balance_at(world, START + 999) == {
        "account_id": world.shop.account_id,
        "object": "balance",
        "posted": money(FUNDS_MINOR),
        "available": money(FUNDS_MINOR),
        "held": money(0),
        "as_of": format_instant(Instant(START + 999)),
    }
    assert (await balance_at(world, START + 1_000))["posted"] == money(FUNDS_MINOR + SHOP_NET)
    assert (await balance_at(world, START - DAY_MS))["posted"] == money(0)
    now = (await world.call("GET", f"/v1/accounts/{world.shop.account_id}/balance")).json()
    assert now | {"as_of": None} == await balance_at(world, START + 2_000) | {"as_of": None}
    offset = f"/v1/accounts/{world.shop.account_id}/balance?at=2026-01-01T08:00:00%2B08:00"
    assert (await world.call("GET", offset)).json()["as_of"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("query", "status", "code", "named"),
    [
        ("at=yesterday", 400, "invalid_parameter", ("query:at", "bad_format")),
        ("at=2026-11-01T10:00:00", 400, "invalid_parameter", ("query:at", "bad_format")),
        ("at=2999-01-01T00:00:00Z", 400, "invalid_parameter", ("query:at", "too_large")),
        ("moment=2026-11-01T10:00:00Z", 422, "unknown_field", ("query:moment", "unknown")),
    ],
)
async def test_a_moment_that_makes_no_sense_is_refused(
    one_world: World, query: str, status: int, code: str, named: tuple[str, str]
) -> None:
    answer = await one_world.call("GET", f"/v1/accounts/{one_world.shop.account_id}/balance?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    (error,) = problem["errors"]
    assert (error["pointer"], error["code"]) == named
    assert error["detail"]


async def rolled_up(world: World) -> None:
    async with world.running.reader.snapshot() as reader:
        due = await roll_up.due(reader, world.clock.now(), "")
    for command in due.commands:
        await world.done(roll_up, command)


async def fresh_tokens(world: World) -> None:
    """Tokens live for an hour."""
    world.shop = await world.with_scopes(world.shop, tuple(sorted(SUPPORTED_SCOPES)))
    world.buyer = await world.with_scopes(world.buyer, tuple(sorted(SUPPORTED_SCOPES)))


async def three_days(world: World) -> list[str]:
    """Pay once a day for three days and close them; return the dates, newest first."""
    dates = []
    for number in range(3):
        await paid(world, f"{number}")
        now = world.clock.now()
        dates.append(business_date(now))
        world.clock.advance(business_day_start(now) + DAY_MS - now + GRACE_MS)
        await fresh_tokens(world)
    await rolled_up(world)
    return dates[::-1]


async def test_daily_balances(world: World) -> None:
    dates = await three_days(world)
    await paid(world, "today")
    target = f"/v1/accounts/{world.shop.account_id}/daily-balances"
    shown = (await world.call("GET", target)).json()
    assert [day["business_date"] for day in shown["data"]] == dates
    assert (shown["has_more"], shown["next_cursor"]) == (False, None)
    assert shown["data"][0] == {
        "object": "daily_balance",
        "livemode": False,
        "account_id": world.shop.account_id,
        "business_date": dates[0],
        "opening": money(FUNDS_MINOR + 2 * SHOP_NET),
        "debits": money(SHOP_AMOUNT - SHOP_NET),
        "credits": money(SHOP_AMOUNT),
        "closing": money(FUNDS_MINOR + 3 * SHOP_NET),
        "entries": 2,
        "first_seq": 6,
        "last_seq": 7,
    }
    first = (await world.call("GET", f"{target}?limit=2")).json()
    rest = (await world.call("GET", f"{target}?limit=2&cursor={first['next_cursor']}")).json()
    assert [*first["data"], *rest["data"]] == shown["data"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    some = (await world.call("GET", f"{target}?business_date_from={dates[1]}&business_date_to={dates[1]}")).json()
    assert some["data"] == [shown["data"][1]]


async def test_daily_balances_are_their_owners(one_world: World) -> None:
    await three_days(one_world)
    target = f"/v1/accounts/{one_world.shop.account_id}/daily-balances"
    for account in (target, f"/v1/accounts/{one_world.shop.account_id}/balance?at=2026-01-01T00:00:00Z"):
        assert (await one_world.call("GET", account, by=one_world.buyer)).json()["code"] == "not_found"
    narrow = await one_world.with_scopes(one_world.shop, ("payments:read",))
    assert (await one_world.call("GET", target, by=narrow)).json()["code"] == "insufficient_scope"
    cursor = (await one_world.call("GET", f"{target}?limit=1")).json()["next_cursor"]
    other = await one_world.call("GET", f"{target}?limit=1&business_date_to=2999-01-01&cursor={cursor}")
    assert other.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("value", ["2026-13-01", "2026-02-30", "20261101", "yesterday", "2026-11-01T00:00:00Z", ""])
async def test_a_date_that_is_none_is_refused(one_world: World, value: str) -> None:
    target = f"/v1/accounts/{one_world.shop.account_id}/daily-balances?business_date_from={value}"
    problem = (await one_world.call("GET", target)).json()
    assert problem["code"] == "invalid_parameter"
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("query:business_date_from", "bad_format")
    ]
