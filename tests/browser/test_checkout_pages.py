"""The checkout pages in a real browser, without JavaScript: what only a browser can tell."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch
from tests.browser.page_server import PageServer, served
from tests.factories.checkout_views import DEBIT, PATH, SAVINGS, TOKEN, checkout_views, hostile_views
from tongbao_platform.web.csrf import came_from_our_page

pytestmark = pytest.mark.browser

VIEWS: Final = checkout_views() | hostile_views()
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
MEASURE: Final = """() => {
  const small = [], cut = [];
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden])")) {
    if (e.closest(".summary")) continue;
    const target = e.type === "radio" ? e.labels[0] : e;
    const box = target.getBoundingClientRect();
    if (box.width < 44 || box.height < 44) small.push(e.outerHTML);
  }
  for (const e of document.querySelectorAll("p, dd, dt, h1, label, .button")) {
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") cut.push(e.outerHTML);
  }
  return {width: document.documentElement.scrollWidth, small, cut};
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with served(VIEWS) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright.chromium)
        yield started
        started.close()


def _open(browser: Browser, url: str, viewport: ViewportSize, **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport=viewport, java_script_enabled=False, **options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(url)
    return page, complaints


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_overflows_every_target_is_large_and_the_policy_is_content(
    browser: Browser, server: PageServer, language: str, viewport: ViewportSize
) -> None:
    page, complaints = _open(browser, f"{server.url}/login", viewport)
    for name in VIEWS:
        page.goto(f"{server.url}/{name}?lang={language}")
        assert page.evaluate(MEASURE) == {"width": viewport["width"], "small": [], "cut": []}, name
        assert complaints == [], name
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_style_sheet_is_applied_in_both_color_schemes(
    browser: Browser, server: PageServer, scheme: Literal["light", "dark"]
) -> None:
    page, _ = _open(browser, f"{server.url}/login", PHONE, color_scheme=scheme)
    background = page.locator(".sheet").evaluate("e => getComputedStyle(e).backgroundColor")
    page.close()
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 29, 27)"}[scheme]


def test_login_can_be_filled_and_sent_by_keyboard_alone(browser: Browser, server: PageServer) -> None:
    page, _ = _open(browser, f"{server.url}/login?lang=en", PHONE)
    for _ in range(3):  # the two languages, then the first field
        page.keyboard.press("Tab")
    page.keyboard.type("xiaoming")
    page.keyboard.press("Tab")
    page.keyboard.type("secret word")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}{PATH}/login?lang=en")
    page.close()
    path, headers, fields = server.posts.pop()
    assert path == f"{PATH}/login?lang=en"
    assert fields == {"csrf_token": [TOKEN], "login": ["xiaoming"], "password": ["secret word"]}
    assert "referer" not in headers
    # What browsers say about a form of our own under `Referrer-Policy: no-referrer`.
    assert headers["origin"] == "null"
    assert came_from_our_page(sec_fetch_site=headers["sec-fetch-site"], origin=headers["origin"], own_origin=server.url)


def test_confirm_sends_account_pin_and_attempt(browser: Browser, server: PageServer) -> None:
    page, _ = _open(browser, f"{server.url}/confirm_choice?lang=zh", PHONE)
    assert page.get_by_role("radio").count() == 2
    assert page.get_by_role("radio", name=DEBIT.name).is_checked()
    page.get_by_text(SAVINGS.name).click()
    page.get_by_label("支付密码").fill("135790")
    page.get_by_role("button", name="确认支付 ¥19.99").click()
    page.wait_for_url(f"{server.url}{PATH}/confirm?lang=zh")
    page.close()
    path, _, fields = server.posts.pop()
    assert path == f"{PATH}/confirm?lang=zh"
    assert fields == {
        "csrf_token": [TOKEN],
        "attempt": ["3q2-7w"],
        "account_id": [SAVINGS.account_id],
        "pin": ["135790"],
    }


@pytest.mark.parametrize(("button", "action"), [("Do not pay this order", "decline"), ("Log out", "logout")])
def test_the_ways_out_are_forms_of_their_own(browser: Browser, server: PageServer, button: str, action: str) -> None:
    page, _ = _open(browser, f"{server.url}/confirm?lang=en", PHONE)
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{server.url}{PATH}/{action}?lang=en")
    page.close()
    path, _, fields = server.posts.pop()
    assert path == f"{PATH}/{action}?lang=en"
    assert fields == {"csrf_token": [TOKEN]}


def test_a_problem_takes_the_focus_and_leads_to_its_field(browser: Browser, server: PageServer) -> None:
    page, _ = _open(browser, f"{server.url}/confirm_pin_wrong?lang=en", PHONE)
    assert page.locator("#problems").evaluate("e => e === document.activeElement")
    page.get_by_role("link", name="3 tries left").click()
    assert page.locator("#pin").evaluate("e => e.matches(':target')")
    page.close()


def test_the_pages_cannot_be_framed(browser: Browser, server: PageServer) -> None:
    page = browser.new_page()
    page.set_content(f'<iframe src="{server.url}/login"></iframe>')
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.get_by_role("button").count() == 0
    page.close()


def test_the_browsers_languages_are_followed(browser: Browser, server: PageServer) -> None:
    for locale, tag in (("en-GB", "en"), ("zh-HK", "zh-CN"), ("fr-FR", "zh-CN")):
        page, _ = _open(browser, f"{server.url}/login", PHONE, locale=locale)
        assert page.locator("html").get_attribute("lang") == tag
        page.close()
