"""The sandbox's customer walks through the real pages."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from tests.factories.checkout_world import BASE, PASSWORD, PIN, RETURN_URL, START, WRONG_PIN, World
from tongbao_platform.domain.payments import close
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.kernel.clock import MINUTE_MS, Instant
from tongbao_sandbox import approve as approving
from tongbao_sandbox.approve import CheckoutStopped, Landing, Payer, walk_checkout

ZHANG = Payer("zhang", PASSWORD, PIN)


class Bridge(httpx.BaseTransport):
    """Carries a blocking client's requests to the application on the test's event loop."""

    def __init__(self, world: World) -> None:
        self._loop = asyncio.get_running_loop()
        self._inner = httpx.ASGITransport(app=world.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._send(request), self._loop).result(30)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        again = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._inner.handle_async_request(again)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


async def walk(world: World, path: str, payer: Payer = ZHANG, *, decline: bool = False) -> Landing:
    with httpx.Client(transport=Bridge(world)) as client:
        return await asyncio.to_thread(walk_checkout, client, BASE + path, payer, decline=decline)


async def test_the_customer_pays_and_lands_at_the_merchant(world: World) -> None:
    path, payment_id = await world.order()
    landing = await walk(world, path + "?lang=en")
    assert landing.view == "succeeded"
    assert landing.url.startswith(RETURN_URL + "&result=ey")
    assert (await world.payment(payment_id)).status == "succeeded"
    # Once more: the walk ends at the receipt of the first.
    assert (await walk(world, path)).view == "already_paid"


async def test_the_customer_declines_and_pays_later(world: World) -> None:
    path, payment_id = await world.order()
    landing = await walk(world, path, decline=True)
    assert landing.view == "declined"
    payment = await world.payment(payment_id)
    assert payment.last_error is not None
    assert payment.last_error.code == "declined_by_payer"
    assert (await walk(world, path)).view == "succeeded"


async def test_too_little_money_and_ended_payments_land_at_the_merchant_too(world: World) -> None:
    path, _ = await world.order(amount_minor=10_000_000)
    assert (await walk(world, path)).view == "declined"
    path, payment_id = await world.order()
    await world.done(close, ClosePayment(payment_id=payment_id))
    assert (await walk(world, path)).view == "canceled"
    path, _ = await world.order(expires_at=Instant(START + MINUTE_MS))
    world.clock.advance(MINUTE_MS)
    assert (await walk(world, path)).view == "expired"


@pytest.mark.parametrize(
    ("payer", "view"),
    [(Payer("zhang", "wrong", PIN), "login"), (Payer("zhang", PASSWORD, WRONG_PIN), "confirm")],
)
async def test_a_wrong_secret_stops_the_walk_and_is_tried_once(world: World, payer: Payer, view: str) -> None:
    path, payment_id = await world.order()
    with pytest.raises(CheckoutStopped) as stopped:
        await walk(world, path + "?lang=en", payer)
    assert stopped.value.view == view
    assert "not right" in str(stopped.value)
    assert PASSWORD not in str(stopped.value)
    assert (await world.payment(payment_id)).status == "requires_action"


async def test_no_checkout_stops_the_walk(world: World) -> None:
    with pytest.raises(CheckoutStopped, match="not_found"):
        await walk(world, "/checkout/" + "A" * 43)


def test_a_redirect_to_another_site_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(303, headers={"Location": "https://evil.example/checkout/x"})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(CheckoutStopped, match="another site"),
    ):
        walk_checkout(client, BASE + "/checkout/x", ZHANG)
    assert asked == [urlsplit(BASE).hostname]


def test_approve_walks_and_gives_the_landing_url(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[tuple[str, Payer, bool]] = []

    def walk_there(client: httpx.Client, url: str, payer: Payer, *, decline: bool) -> Landing:
        assert not client.is_closed
        walked.append((url, payer, decline))
        return Landing("succeeded", RETURN_URL)

    monkeypatch.setattr(approving, "walk_checkout", walk_there)
    assert approving.approve("https://pay.test/checkout/x", "zhang", PASSWORD, PIN, decline=True) == RETURN_URL
    assert walked == [("https://pay.test/checkout/x", ZHANG, True)]
