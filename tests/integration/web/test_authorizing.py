"""An order that is captured manually: the payer agrees, the amount is held, and the page says what became of it."""

import asyncio

from tests.factories.checkout_world import FUNDS_MINOR, PIN, Browser, World
from tests.integration.web.test_paying import RICH, told
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.payments import capture, expire_hold, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.expire_hold import ExpireHold
from tongbao_platform.domain.payments.holds import HOLD_LIFE_MS
from tongbao_platform.domain.payments.void import VoidPayment


async def held_by_payer(world: World) -> tuple[str, str, Browser]:
    """Order for manual capture and agree as Zhang; return the page's path, the payment, and the browser."""
    path, payment_id = await world.order(capture_method="manual")
    browser = await world.confirm_page(path)
    assert (await browser.confirm()).view == "authorized"
    return path, payment_id, browser


async def money(world: World, account_id: str) -> tuple[int, int]:
    """Return what the account holds and what is set aside of it."""
    balance = await get_balance(world.running.reader, None, account_id)
    assert balance is not None
    return balance.posted_minor, balance.held_minor


async def test_the_payer_is_told_before_and_after_that_the_amount_is_only_held(world: World) -> None:
    path, payment_id = await world.order(capture_method="manual")
    browser = await world.confirm_page(path)
    assert "The amount is set aside now." in browser.answer.text
    assert "Set aside ¥19.99" in browser.answer.text
    page = await browser.confirm()
    assert (page.view, browser.answer.status_code) == ("authorized", 200)
    assert "Nothing has been charged yet." in browser.answer.text
    assert told(world, page.links["return-link"]).status == "authorized"
    assert (await world.payment(payment_id)).status == "authorized"
    assert await money(world, RICH) == (FUNDS_MINOR, 1_999)
    assert await money(world, "acc_shop") == (0, 0)


async def test_an_ordinary_order_says_nothing_of_holding(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path)
    assert "set aside" not in browser.answer.text.lower()
    assert (await browser.confirm()).view == "succeeded"
    assert "Charged" not in browser.answer.text


async def test_ten_taps_at_once_hold_once(world: World) -> None:
    path, payment_id = await world.order(capture_method="manual")
    browser = await world.confirm_page(path)
    answers = await asyncio.gather(*(browser.post("confirm-form", pin=PIN) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert (await browser.open(path)).view == "authorized"
    assert await money(world, RICH) == (FUNDS_MINOR, 1_999)
    assert [attempt.number for attempt in (await world.payment(payment_id)).attempts] == [1]


async def test_another_form_of_the_same_payer_shows_the_hold(world: World) -> None:
    path, _ = await world.order(capture_method="manual")
    browser = await world.confirm_page(path)
    form = browser.page
    await browser.open(path)
    assert (await browser.confirm()).view == "authorized"
    browser.page = form
    assert (await browser.confirm()).view == "authorized"
    assert await money(world, RICH) == (FUNDS_MINOR, 1_999)


async def test_strangers_see_only_that_nothing_is_left_to_pay(world: World) -> None:
    path, _, _ = await held_by_payer(world)
    page = await world.browser().open(path)
    assert page.view == "already_paid"


async def test_what_was_charged_is_shown_when_it_is_less(world: World) -> None:
    path, payment_id, browser = await held_by_payer(world)
    await world.done(capture, CapturePayment(payment_id=payment_id, amount_minor=999))
    page = await browser.open(f"{path}?lang=en")
    assert page.view == "succeeded"
    assert "Charged" in browser.answer.text
    assert "9.99" in browser.answer.text
    assert await money(world, RICH) == (FUNDS_MINOR - 999, 0)


async def test_the_whole_amount_needs_no_line_of_its_own(world: World) -> None:
    path, payment_id, browser = await held_by_payer(world)
    await world.done(capture, CapturePayment(payment_id=payment_id))
    assert (await browser.open(f"{path}?lang=en")).view == "succeeded"
    assert "Charged" not in browser.answer.text


async def test_a_voided_and_an_expired_hold_charge_nothing(world: World) -> None:
    path, payment_id, browser = await held_by_payer(world)
    await world.done(void, VoidPayment(payment_id=payment_id))
    assert (await browser.open(path)).view == "canceled"
    path, payment_id, browser = await held_by_payer(world)
    world.clock.advance(HOLD_LIFE_MS)
    await world.done(expire_hold, ExpireHold(payment_id=payment_id))
    assert (await browser.open(path)).view == "canceled"
    assert await money(world, RICH) == (FUNDS_MINOR, 0)
