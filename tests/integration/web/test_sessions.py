"""Who is who on the pages: sign-in, owners, PINs, sessions and forms."""

import asyncio
import hashlib

import pytest

from tests.factories.checkout_world import (
    BASE,
    FUNDS_MINOR,
    HTML,
    PASSWORD,
    PIN,
    WRONG_PIN,
    Options,
    World,
    checkout_world,
)
from tongbao_platform.domain.customers.get import get as get_customer
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.pin import pin_matches
from tongbao_platform.http.rate_limit import MemoryLimiter
from tongbao_platform.kernel.clock import MINUTE_MS, SECOND_MS
from tongbao_platform.web.handlers import confirm

COOKIE = "__Host-tongbao_session"
WRONG = ["The login name or password is not right. Try again"]
WAIT = ["Too many tries. Wait a few minutes, then log in again"]
AGAIN = ["This page was open for too long. Submit it again"]


async def customer(world: World, customer_id: str = "cus_zhang") -> Customer:
    found = await get_customer(world.running.reader, customer_id)
    assert found is not None
    return found


@pytest.mark.parametrize("login", ["zhang", "nobody", "\x00", "x" * 300, "张"])
async def test_wrong_credentials_are_slowed_down_whether_the_name_exists_or_not(world: World, login: str) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path + "?lang=en")
    for _ in range(4):
        assert (await browser.log_in(login, "wrong")).problems == WRONG
    assert (await browser.log_in(login, "wrong")).problems == WAIT
    assert browser.answer.status_code == 422
    # During the wait the right password is no better.
    assert (await browser.log_in(login, PASSWORD)).problems == WAIT
    assert (await browser.log_in("li")).view == "confirm"
    if login == "zhang":
        assert (await customer(world)).sign_in_failures == 5
        world.clock.advance(30 * SECOND_MS)
        assert (await (await world.confirm_page(path)).open(path)).view == "owned_by_another"


async def test_parallel_guesses_at_a_password_are_counted_until_the_wait(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path)
    answers = await asyncio.gather(*(browser.post("login-form", login="zhang", password="wrong") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [422] * 8
    assert (await customer(world)).sign_in_failures == 5
    assert (await browser.log_in()).view == "login"


async def test_empty_fields_are_named_and_what_was_typed_stays(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path + "?lang=en")
    page = await browser.log_in("", "")
    assert page.problems == ["Enter your login name", "Enter your password"]
    page = await browser.log_in(' zhang"><script> ', "")
    assert page.problems == ["Enter your password"]
    assert page.forms["login-form"].fields["login"] == 'zhang"><script>'
    assert "<script" not in browser.answer.text
    assert (await customer(world)).sign_in_failures == 0


async def test_sign_ins_from_one_address_are_limited(sqlite_url: str) -> None:
    async with checkout_world(sqlite_url, Options(limiter=MemoryLimiter(lambda: 0))) as world:
        path, _ = await world.order()
        browser = world.browser()
        await browser.open(path + "?lang=en")
        for login in ("a", "b", "c"):
            assert (await browser.log_in(login, "wrong")).problems == WRONG
        form = browser.page
        page = await browser.log_in()
        assert (page.view, browser.answer.status_code) == ("too_many_requests", 429)
        assert int(browser.answer.headers["Retry-After"]) >= 1
        browser.page = form
        assert (await browser.open(path)).view == "login"


async def test_the_first_payer_who_logs_in_owns_the_payment(world: World) -> None:
    path, payment_id = await world.order()
    zhang, li = world.browser(), world.browser()
    await zhang.open(path)
    await li.open(path)
    assert (await zhang.log_in()).view == "confirm"
    assert (await li.log_in("li")).view == "owned_by_another"
    assert li.page.forms == {}
    assert (await zhang.confirm()).view == "succeeded"
    assert (await world.payment(payment_id)).payer_customer_id == "cus_zhang"
    assert await world.balance("acc_li") == FUNDS_MINOR


async def test_a_payer_who_was_signed_in_before_owns_the_payment_by_confirming(world: World) -> None:
    first, _ = await world.order()
    second, payment_id = await world.order()
    zhang = await world.confirm_page(first)
    assert (await zhang.open(second + "?lang=en")).view == "confirm"
    li = await world.confirm_page(second, "li")
    assert li.page.view == "confirm"
    # Li logged in there; Zhang had only looked.
    assert (await zhang.confirm()).view == "owned_by_another"
    assert (await zhang.open(second)).view == "owned_by_another"
    assert (await world.payment(payment_id)).status == "requires_action"
    third, paid = await world.order()
    await zhang.open(third)
    assert (await zhang.confirm()).view == "succeeded"
    assert (await world.payment(paid)).payer_customer_id == "cus_zhang"


async def test_a_form_of_another_payers_session_pays_nothing(world: World) -> None:
    path, payment_id = await world.order()
    zhang = await world.confirm_page(path)
    other, _ = await world.order()
    li = await world.confirm_page(other, "li")
    form = zhang.page.forms["confirm-form"]
    answer = await li.http.post(form.action, data=form.fields | {"pin": PIN, "account_id": "acc_li"}, headers=HTML)
    assert 'data-view="owned_by_another"' in answer.text
    assert (await world.payment(payment_id)).status == "requires_action"


async def test_five_wrong_pins_lock_and_the_right_one_comes_too_late(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        page = await browser.confirm(WRONG_PIN)
        assert browser.answer.status_code == 422
        assert f"You have {left} left" in page.problems[0]
    form = browser.page
    assert (await browser.confirm(WRONG_PIN)).view == "pin_locked"
    browser.page = form
    assert (await browser.confirm(PIN)).view == "pin_locked"
    assert (await customer(world)).pin_locked_at is not None
    assert (await world.payment(payment_id)).revision == 1
    assert await world.balance("acc_zhang_rich") == FUNDS_MINOR


async def test_a_double_tap_with_a_wrong_pin_is_one_failure(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path)
    answers = await asyncio.gather(*(browser.post("confirm-form", pin=WRONG_PIN) for _ in range(3)))
    assert ["4 tries" in answer.text for answer in answers] == [True] * 3
    assert (await customer(world)).pin_failures == 1
    # Typed again into the form that followed, or another PIN into the old one, it is one more.
    await browser.post("confirm-form", pin="000000")
    assert (await customer(world)).pin_failures == 2
    await browser.confirm(WRONG_PIN)
    await browser.confirm(WRONG_PIN)
    assert (await customer(world)).pin_failures == 3


async def test_parallel_guesses_at_a_pin_are_verified_only_until_it_locks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    verified: list[str] = []

    def counting(guessed_at: Customer, pin: str) -> bool:
        verified.append(pin)
        return pin_matches(guessed_at, pin)

    monkeypatch.setattr(confirm, "pin_matches", counting)
    await asyncio.gather(*(browser.post("confirm-form", pin=f"00000{digit}") for digit in range(8)))
    assert len(verified) == 5
    assert (await customer(world)).pin_failures == 5
    assert (await browser.open(path)).view == "pin_locked"
    assert (await world.payment(payment_id)).status == "requires_action"


async def test_a_right_pin_forgives_earlier_failures(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path)
    await browser.confirm(WRONG_PIN)
    await browser.confirm()
    assert (await customer(world)).pin_failures == 0


async def test_a_session_ends_after_a_quarter_of_an_hour(world: World) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    world.clock.advance(15 * MINUTE_MS)
    page = await browser.confirm()
    assert page.view == "login"
    assert "Your session has ended" in browser.answer.text
    assert (await world.payment(payment_id)).status == "requires_action"
    assert (await browser.log_in()).view == "confirm"
    assert (await browser.confirm()).view == "succeeded"


async def test_logging_out_ends_the_session_for_good(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path)
    session = browser.http.cookies[COOKIE]
    confirm_page = browser.page
    page = await browser.send("logout-form")
    assert page.view == "login"
    assert "You are logged out" in browser.answer.text
    assert browser.http.cookies[COOKIE] != session
    browser.page = confirm_page
    assert (await browser.confirm()).view == "login"
    thief = world.browser()
    thief.http.cookies.set(COOKIE, session)
    assert (await thief.open(path)).view == "login"


async def test_the_cookie_is_guarded_and_changes_at_login(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path)
    (first,) = browser.answer.headers.get_list("set-cookie")
    answer = await browser.post("login-form", login="zhang", password=PASSWORD)
    (second,) = answer.headers.get_list("set-cookie")
    for cookie in (first, second):
        name_value, *attributes = cookie.split("; ")
        assert name_value.startswith(f"{COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert first.split(";")[0] != second.split(";")[0]
    assert "Max-Age=900" in second
    # A page that finds its cookie sends no other one.
    await browser.open(path)
    assert "set-cookie" not in browser.answer.headers


async def test_over_plain_http_the_cookie_works_without_secure(sqlite_url: str) -> None:
    async with checkout_world(sqlite_url, Options(base="http://127.0.0.1:8080")) as world:
        path, payment_id = await world.order()
        browser = await world.confirm_page(path)
        assert set(browser.http.cookies) == {"tongbao_session"}
        assert (await browser.confirm()).view == "succeeded"
        assert (await world.payment(payment_id)).status == "succeeded"


@pytest.mark.parametrize("form_id", ["login-form", "confirm-form", "decline-form", "logout-form"])
@pytest.mark.parametrize("forgery", ["", "x", "of another session", "of another form"])
async def test_a_form_without_its_own_token_does_nothing(world: World, form_id: str, forgery: str) -> None:
    path, payment_id = await world.order()
    browser = world.browser()
    await browser.open(path + "?lang=en")
    if form_id != "login-form":
        await browser.log_in()
    before = browser.page.view
    token = forgery
    if forgery == "of another session":
        stranger = world.browser()
        if form_id == "login-form":
            await stranger.open(path)
        else:
            stranger = await world.confirm_page(path)
        token = stranger.page.forms[form_id].fields["csrf_token"]
    elif forgery == "of another form" and form_id != "login-form":
        other = "logout-form" if form_id != "logout-form" else "decline-form"
        token = browser.page.forms[other].fields["csrf_token"]
    typed = {"csrf_token": token, "login": "zhang", "password": PASSWORD, "pin": PIN}
    page = await browser.send(form_id, **typed)
    assert (page.view, page.problems, browser.answer.status_code) == (before, AGAIN, 422)
    assert (await world.payment(payment_id)).revision == 1
    assert (await browser.open(path)).view == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://shop.example"},
        {"Origin": "https://pay.tongbao.test.shop.example"},
    ],
)
async def test_a_form_sent_from_elsewhere_does_nothing(world: World, headers: dict[str, str]) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    form = browser.page
    page = await browser.send("confirm-form", headers, pin=PIN)
    assert (page.view, browser.answer.status_code) == ("problem", 400)
    assert (await world.payment(payment_id)).revision == 1
    browser.page = form
    for ours in ({"Origin": "null"}, {"Origin": BASE}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}):
        browser.page = form
        assert (await browser.send("confirm-form", ours, pin=PIN)).view == "succeeded"


async def test_a_planted_visitor_cookie_makes_no_token(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    browser.http.cookies.set(COOKIE, "A" * 43)
    await browser.open(path)
    token = browser.page.forms["login-form"].fields["csrf_token"]
    nonce = token.partition(".")[0]
    assert hashlib.sha256(b"A" * 43).hexdigest() not in token
    assert (
        await browser.send("login-form", csrf_token=f"{nonce}.{'A' * 43}", login="zhang", password=PASSWORD)
    ).view == ("login")
