"""From the login to the receipt: paying once, whatever the payer's browser does."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories.checkout_world import FUNDS_MINOR, PIN, RETURN_URL, START, Browser, World
from tongbao_platform.domain.payments import close
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.identity.request_signature import ReturnResult, verify_return_result
from tongbao_platform.kernel.clock import MINUTE_MS, SECOND_MS, Instant

RICH, POOR = "acc_zhang_rich", "acc_zhang_poor"


def told(world: World, return_url: str) -> ReturnResult:
    """Verify the result in the way back, as the merchant does with the platform's key."""
    parts = urlsplit(return_url)
    query = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == RETURN_URL.partition("?")[0]
    assert query["cart"] == ["9"]
    (result,) = query["result"]
    public = world.key.public

    def find_key(kid: str) -> KeyRecord | None:
        if kid != public.kid:
            return None
        return KeyRecord(kid=kid, owner="", alg=public.alg, public_jwk=public.jwk, valid_from=Instant(0))

    return verify_return_result(result, "mch_shop", find_key, world.clock.now())


async def assert_paid_once(world: World, payment_id: str, amount_minor: int = 1_999) -> None:
    payment = await world.payment(payment_id)
    assert payment.status == "succeeded"
    assert await world.balance(RICH) == FUNDS_MINOR - amount_minor
    assert await world.balance("acc_shop") == amount_minor - payment.fee_minor


@pytest.mark.parametrize(
    ("language", "tag", "title"), [("zh", "zh-CN", "支付成功"), ("en", "en", "Payment successful")]
)
async def test_a_payer_pays_in_both_languages(world: World, language: str, tag: str, title: str) -> None:
    path, payment_id = await world.order()
    browser = world.browser()
    page = await browser.open(f"{path}?lang={language}")
    assert (page.view, page.language, browser.answer.status_code) == ("login", tag, 200)
    assert "山月咖啡" in browser.answer.text
    page = await browser.log_in()
    assert (page.view, page.language) == ("confirm", tag)
    assert browser.answer.url.path == path
    assert "**三" in browser.answer.text
    assert page.forms["confirm-form"].fields["account_id"] == RICH
    page = await browser.confirm()
    assert (page.view, page.language) == ("succeeded", tag)
    assert title in browser.answer.text
    await assert_paid_once(world, payment_id)
    result = told(world, page.links["return-link"])
    assert result == ReturnResult(payment_id=payment_id, status="succeeded", iat=START // SECOND_MS, aud="mch_shop")


async def test_the_language_of_the_browser_is_kept_on_every_address(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    page = await browser.open(path, **{"Accept-Language": "en-GB,en;q=0.8"})
    assert page.language == "en"
    answer = await browser.post("login-form", login="zhang", password="wrong")
    assert (answer.status_code, "lang=en" in answer.text) == (422, True)
    page = await browser.log_in()
    assert (page.view, page.language, browser.answer.url.query) == ("confirm", "en", b"lang=en")


async def test_ten_taps_at_once_are_one_payment(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    answers = await asyncio.gather(*(browser.post("confirm-form", pin=PIN) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["Location"] for answer in answers} == {f"{path}?lang=en"}
    assert (await browser.open(path)).view == "succeeded"
    await assert_paid_once(world, payment_id)
    payment = await world.payment(payment_id)
    assert [attempt.status for attempt in payment.attempts] == ["succeeded"]


async def test_two_open_forms_are_one_payment_and_the_second_says_so(world: World) -> None:
    path, payment_id = await world.order()
    first = await world.confirm_page(path)
    second = Browser(world.app, world.options.base)
    world.browsers.append(second)
    second.http.cookies = first.http.cookies
    await second.open(path)
    assert second.page.forms["confirm-form"].fields["attempt"] != first.page.forms["confirm-form"].fields["attempt"]
    pages = await asyncio.gather(first.confirm(), second.confirm())
    assert sorted(page.view for page in pages) == ["already_paid", "succeeded"]
    late = await second.post("confirm-form", pin="000000") if second.page.forms else second.answer
    assert late.status_code == 200
    assert "already" in late.text or "已经" in late.text or "successful" in late.text
    await assert_paid_once(world, payment_id)


async def test_the_back_button_pays_nothing_twice(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    form = browser.page
    await browser.confirm()
    browser.page = form
    assert (await browser.confirm()).view == "succeeded"
    await assert_paid_once(world, payment_id)


async def test_without_enough_money_the_payer_tries_another_account(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    first_form = browser.page
    page = await browser.confirm(account_id=POOR)
    assert page.view == "declined"
    assert told(world, page.links["return-link"]).status == "requires_action"
    payment = await world.payment(payment_id)
    assert payment.last_error is not None
    assert (payment.status, payment.last_error.code) == ("requires_action", "insufficient_funds")
    # The same form again is the same attempt, though the account could be another now.
    browser.page = first_form
    assert (await browser.confirm(account_id=RICH)).view == "declined"
    assert len((await world.payment(payment_id)).attempts) == 1
    page = await browser.open(page.links["retry-link"])
    assert page.view == "confirm"
    assert (await browser.confirm(account_id=RICH)).view == "succeeded"
    await assert_paid_once(world, payment_id)


async def test_a_payer_declines_and_thinks_again(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    answers = await asyncio.gather(browser.post("decline-form"), browser.post("decline-form"))
    assert [answer.status_code for answer in answers] == [303, 303]
    page = await browser.open(path)
    assert page.view == "declined"
    payment = await world.payment(payment_id)
    assert payment.last_error is not None
    assert (payment.status, payment.last_error.code, len(payment.attempts)) == (
        "requires_action",
        "declined_by_payer",
        1,
    )
    await browser.open(page.links["retry-link"])
    assert (await browser.confirm()).view == "succeeded"
    assert (await world.payment(payment_id)).last_error is None


async def test_a_canceled_payment_is_not_paid(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    await world.done(close, ClosePayment(payment_id=payment_id))
    page = await browser.confirm()
    assert page.view == "canceled"
    assert told(world, page.links["return-link"]).status == "canceled"
    assert await world.balance(RICH) == FUNDS_MINOR
    assert (await world.browser().open(path)).view == "canceled"


async def test_an_expired_payment_is_not_paid(world: World) -> None:
    path, payment_id = await world.order(expires_at=Instant(START + MINUTE_MS))
    other, _ = await world.order(expires_at=Instant(START + MINUTE_MS))
    browser = await world.confirm_page(path)
    world.clock.advance(MINUTE_MS - 1)
    assert (await world.browser().open(other)).view == "login"
    world.clock.advance(1)
    page = await browser.confirm()
    assert page.view == "expired"
    payment = await world.payment(payment_id)
    assert (payment.status, payment.revision) == ("expired", 2)
    assert told(world, page.links["return-link"]).status == "expired"
    assert await world.balance(RICH) == FUNDS_MINOR
    visitor = world.browser()
    assert (await visitor.open(other)).view == "expired"
    assert told(world, visitor.page.links["return-link"]).status == "expired"


async def test_a_paid_payment_shows_strangers_that_it_is_paid(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    stranger = world.browser()
    await stranger.open(path)
    await browser.confirm()
    page = await stranger.log_in("li")
    assert page.view == "already_paid"
    other, _ = await world.order()
    signed_in = await world.confirm_page(other, "li")
    assert (await signed_in.open(path)).view == "already_paid"
    assert "•••• rich" not in signed_in.answer.text
    assert "•••• rich" in browser.answer.text
    assert told(world, page.links["return-link"]).status == "succeeded"
    assert "acc_" not in stranger.answer.text.replace("acc_shop", "")
    assert await world.balance("acc_li") == FUNDS_MINOR
    await assert_paid_once(world, payment_id)


async def test_a_payer_without_an_account_learns_so(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path, "wang")
    assert browser.page.view == "declined"
    assert "no account" in browser.answer.text
    assert "retry-link" not in browser.page.links


@pytest.mark.parametrize(
    ("typed", "told_problems"),
    [
        ({"pin": ""}, ["Enter your payment PIN"]),
        ({"pin": "12345"}, ["The payment PIN is 6 digits"]),
        ({"pin": "１３５７９０"}, ["The payment PIN is 6 digits"]),
        ({"pin": PIN, "account_id": "acc_li"}, ["That account cannot be used. Choose another one"]),
        ({"pin": PIN, "account_id": "acc_bank"}, ["That account cannot be used. Choose another one"]),
        ({"pin": PIN, "account_id": "\x00'"}, ["That account cannot be used. Choose another one"]),
        ({"account_id": "", "pin": ""}, ["Choose the account to pay from", "Enter your payment PIN"]),
        ({"pin": PIN, "attempt": "../x"}, ["This page was open for too long. Submit it again"]),
    ],
)
async def test_wrong_fields_show_the_form_again(world: World, typed: dict[str, str], told_problems: list[str]) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    answer = await browser.post("confirm-form", **typed)
    assert answer.status_code == 422
    page = await browser.send("confirm-form", **typed)
    assert page.problems == told_problems
    assert (await world.payment(payment_id)).revision == 1
    assert (await browser.confirm(account_id=RICH)).view == "succeeded"
