"""A customer pays on the checkout page of a running sandbox, in a real browser, on a phone."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch
from tests.factories.sandbox_process import sandbox_process
from tongbao import Tongbao, models

pytestmark = pytest.mark.browser

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
WORDS: Final = {
    "zh-CN": {
        "login": "登录名",
        "password": "登录密码",
        "next": "下一步",
        "pin": "支付密码",
        "pay": "确认支付 ¥19.99",
        "decline": "不支付此订单",
        "paid": "支付成功",
        "declined": "您没有支付此订单",
        "back": "返回 通宝咖啡 Tongbao Coffee",
    },
    "en-GB": {
        "login": "Login name",
        "password": "Password",
        "next": "Continue",
        "pin": "Payment PIN",
        "pay": "Pay ¥19.99",
        "decline": "Do not pay this order",
        "paid": "Payment successful",
        "declined": "You did not pay this order",
        "back": "Back to 通宝咖啡 Tongbao Coffee",
    },
}


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!doctype html><title>Shop</title><p>Thank you"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shop_origin() -> Iterator[str]:
    """Give the origin of the merchant's own page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def sandbox_file(tmp_path_factory: pytest.TempPathFactory, shop_origin: str) -> Iterator[Path]:
    """Give the credentials of a running sandbox."""
    folder = tmp_path_factory.mktemp("sandbox")
    with sandbox_process(folder, "--return-origin", shop_origin):
        yield folder / "var" / "sandbox.json"


@pytest.fixture(scope="module")
def client(sandbox_file: Path) -> Iterator[Tongbao]:
    """Give the merchant's client."""
    with Tongbao.from_sandbox(sandbox_file) as merchant:
        yield merchant


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser."""
    with sync_playwright() as playwright:
        started = launch(playwright.chromium)
        yield started
        started.close()


class Street(NamedTuple):
    """The shop, its client, the bank's customers, a browser, and where pictures are put."""

    browser: Browser
    client: Tongbao
    sandbox_file: Path
    shop_origin: str
    pictures: Path

    def picture(self, page: Page, name: str) -> None:
        """Take a screenshot of the whole page."""
        page.screenshot(path=self.pictures / f"{name}.png", full_page=True)


@pytest.fixture
def street(browser: Browser, client: Tongbao, sandbox_file: Path, shop_origin: str, tmp_path: Path) -> Street:
    """Give all of it; TONGBAO_SCREENSHOTS names a folder for the pictures, where somebody wants to look at them."""
    folder = Path(os.environ.get("TONGBAO_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return Street(browser, client, sandbox_file, shop_origin, folder)


def _payment(client: Tongbao, order_no: str, shop_origin: str) -> tuple[str, str]:
    payment = client.payments.create(
        merchant_order_no=order_no,
        amount={"value": 1999, "currency": "CNY"},
        description="两杯咖啡 Two coffees",
        method={"type": "h5", "return_url": f"{shop_origin}/done?cart=9"},
    )
    assert isinstance(payment.next_action, models.RedirectToUrl)
    return payment.id, payment.next_action.url


def _phone(browser: Browser, locale: str) -> BrowserContext:
    return browser.new_context(viewport=PHONE, locale=locale, is_mobile=True, has_touch=True, java_script_enabled=False)


def _log_in(page: Page, sandbox_file: Path, words: dict[str, str], login: str) -> str:
    """Log in as ``login`` and return the PIN."""
    customers = json.loads(sandbox_file.read_text())["customers"]
    customer = next(each for each in customers if each["login"] == login)
    page.get_by_label(words["login"], exact=True).fill(customer["login"])
    page.get_by_label(words["password"], exact=True).fill(customer["password"])
    page.get_by_role("button", name=words["next"]).click()
    return str(customer["pin"])


def _go_back(page: Page, words: dict[str, str], shop_origin: str) -> str:
    """Return to the shop; give the signed result."""
    page.get_by_role("link", name=words["back"]).click()
    page.wait_for_url(f"{shop_origin}/done?**")
    url = httpx.URL(page.url)
    assert url.params["cart"] == "9"
    return url.params["result"]


@pytest.mark.parametrize("locale", list(WORDS))
@pytest.mark.parametrize("login", ["xiaoming", "xiaohong"])
def test_paying_on_a_phone(street: Street, locale: str, login: str) -> None:
    words = WORDS[locale]
    payment_id, url = _payment(street.client, f"{locale}-{login}", street.shop_origin)
    context = _phone(street.browser, locale)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(url)
    street.picture(page, f"pay-{locale}-{login}-1-login")
    pin = _log_in(page, street.sandbox_file, words, login)
    page.get_by_label(words["pin"], exact=True).fill(pin)
    street.picture(page, f"pay-{locale}-{login}-2-confirm")
    page.get_by_role("button", name=words["pay"]).click()
    page.get_by_role("heading", name=words["paid"]).wait_for()
    street.picture(page, f"pay-{locale}-{login}-3-paid")
    returned = street.client.verify_return(_go_back(page, words, street.shop_origin))
    context.close()
    assert complaints == []
    assert (returned.payment_id, returned.status) == (payment_id, "succeeded")
    payment = street.client.payments.get(payment_id)
    assert payment.status == "succeeded"
    assert payment.amount_captured.value == 1999


@pytest.mark.parametrize("locale", list(WORDS))
def test_saying_no_on_a_phone(street: Street, locale: str) -> None:
    words = WORDS[locale]
    payment_id, url = _payment(street.client, f"{locale}-no", street.shop_origin)
    context = _phone(street.browser, locale)
    page = context.new_page()
    page.goto(url)
    _log_in(page, street.sandbox_file, words, "xiaoming")
    page.get_by_role("button", name=words["decline"]).click()
    page.get_by_role("heading", name=words["declined"]).wait_for()
    street.picture(page, f"decline-{locale}")
    returned = street.client.verify_return(_go_back(page, words, street.shop_origin))
    context.close()
    assert (returned.payment_id, returned.status) == (payment_id, "requires_action")
    assert street.client.payments.get(payment_id).status == "requires_action"
