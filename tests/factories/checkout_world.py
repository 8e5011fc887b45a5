"""The hosted checkout in process: a bank with customers and a shop, the web application, and browsers to visit it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import httpx
import msgspec

from tests.factories.committers import Running, running_committer
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.get import get_ledger_account
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.customers import create as create_customer
from tongbao_platform.domain.customers.create import CreateCustomer, CustomerAccount
from tongbao_platform.domain.customers.password import hash_password
from tongbao_platform.domain.customers.pin import hash_pin
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.create import CreateMerchant
from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.payments.create import CreatePayment, NewCheckout, Payee
from tongbao_platform.domain.payments.get import get as get_payment
from tongbao_platform.domain.payments.model import H5Method, Payment
from tongbao_platform.execution.operation import Context
from tongbao_platform.http.access_log import AccessRecord
from tongbao_platform.http.application import Application, framework, route_table
from tongbao_platform.http.pipeline import PipelineParts
from tongbao_platform.http.rate_limit import Limiter, Policy
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key
from tongbao_platform.identity.token_hash import hash_token, new_token
from tongbao_platform.kernel.clock import Instant, VirtualClock
from tongbao_platform.web.error_page import error_page
from tongbao_platform.web.router import web_router
from tongbao_platform.web.secret_work import SecretWork
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.stranger_logins import StrangerLogins
from tongbao_sandbox.checkout_page import CheckoutPage, read_page

BASE: Final = "https://pay.tongbao.test"
NO_HEADERS: Final[Mapping[str, str]] = {}
HTML: Final = {"Accept": "text/html,application/xhtml+xml"}
START: Final = Instant(1_795_343_400_000)
RETURN_URL: Final = "https://shop.example/done?cart=9"
PASSWORD: Final = "correct horse battery"
PIN: Final = "135790"
WRONG_PIN: Final = "975310"
FUNDS_MINOR: Final = 100_000
_PASSWORD_HASH: Final = hash_password(PASSWORD)
_PIN_HASH: Final = hash_pin(PIN)

SHOP: Final = Payee(
    merchant_id="mch_shop",
    account_id="acc_shop",
    fee_rate_ppm=6_000,
    fee_account_id="acc_fee",
    return_origins=("https://shop.example",),
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a test changes: where the pages live, and the limit of sign-ins per address."""

    base: str = BASE
    limiter: Limiter | None = None
    sign_in_policy: Policy = Policy("sign_in", 3, 60)
    merchant_name: str = "山月咖啡"


class Browser:
    """A browser with cookies and one page in front of it."""

    def __init__(self, app: Any, base: str) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base)
        self.page: CheckoutPage = read_page("")
        self.answer: httpx.Response = httpx.Response(0)

    async def open(self, path: str, **headers: str) -> CheckoutPage:
        """Go to a path."""
        return await self._arrive(await self.http.get(path, headers=HTML | headers))

    async def send(self, form_id: str, headers: Mapping[str, str] = NO_HEADERS, /, **typed: str) -> CheckoutPage:
        """Send a form of the page with what is typed in, and follow to the page after it."""
        return await self._arrive(await self.post(form_id, headers, **typed))

    async def post(self, form_id: str, headers: Mapping[str, str] = NO_HEADERS, /, **typed: str) -> httpx.Response:
        """Send a form and return the very answer; the page in front stays."""
        form = self.page.forms[form_id]
        return await self.http.post(form.action, data=form.fields | typed, headers=HTML | dict(headers))

    async def log_in(self, login: str = "zhang", password: str = PASSWORD) -> CheckoutPage:
        return await self.send("login-form", login=login, password=password)

    async def confirm(self, pin: str = PIN, **typed: str) -> CheckoutPage:
        return await self.send("confirm-form", pin=pin, **typed)

    async def _arrive(self, answer: httpx.Response) -> CheckoutPage:
        while answer.status_code == 303:
            answer = await self.http.get(answer.headers["Location"], headers=HTML)
        self.answer = answer
        self.page = read_page(answer.text)
        return self.page


class World:
    """A shop; Zhang with two accounts (the first full, the second nearly empty); Li with one."""

    def __init__(self, running: Running, clock: VirtualClock, options: Options) -> None:
        self.running = running
        self.clock = clock
        self.options = options
        self.key: SigningKey = generate_signing_key("ES256")
        self.log: list[AccessRecord] = []
        self.app: Any = None
        self.browsers: list[Browser] = []
        self._orders = 0

    async def done(self, operation: Any, command: Any) -> Any:
        """Run an operation that must succeed."""
        outcome = await self.running.committer.run(operation, command, Context(actor="test"))
        assert outcome.refusal is None, outcome.refusal
        return outcome.result

    def browser(self) -> Browser:
        """Start a browser without cookies."""
        browser = Browser(self.app, self.options.base)
        self.browsers.append(browser)
        return browser

    async def order(self, amount_minor: int = 1_999, **changes: Any) -> tuple[str, str]:
        """Create a payment; return the path of its checkout and its id."""
        self._orders += 1
        token = new_token()
        command = CreatePayment(
            payment_id=self.running.ids.new("pay"),
            creator_merchant_id="mch_shop",
            client_id="app_shop",
            livemode=False,
            merchant_order_no=f"20261122-{self._orders:04d}",
            amount_minor=amount_minor,
            currency="CNY",
            method=H5Method(RETURN_URL),
            payee=SHOP,
            description="拿铁两杯 Two coffees",
            checkout=NewCheckout(token_hash=hash_token(token), token_sealed=b"sealed"),
        )
        created = await self.done(create_payment, msgspec.structs.replace(command, **changes))
        return f"/checkout/{token}", created.payment.id

    async def payment(self, payment_id: str) -> Payment:
        """Return the stored payment."""
        found = await get_payment(self.running.reader, None, payment_id)
        assert found is not None
        return found

    async def balance(self, account_id: str) -> int:
        """Return an account's balance."""
        found = await get_ledger_account(self.running.reader, account_id)
        assert found is not None
        return found.balance_minor

    async def confirm_page(self, path: str, login: str = "zhang") -> Browser:
        """Return a browser that has logged in at ``path``."""
        browser = self.browser()
        await browser.open(path + "?lang=en")
        await browser.log_in(login)
        return browser


@asynccontextmanager
async def checkout_world(url: str, options: Options | None = None) -> AsyncIterator[World]:
    """Run the pages on the database at ``url``."""
    options = options or Options()
    clock = VirtualClock(START)
    secret_work = SecretWork()
    async with running_committer(url, clock) as running:
        world = World(running, clock, options)
        services = WebServices(
            committer=running.committer,
            reader=running.reader,
            ids=running.ids,
            clock=clock,
            directory=MerchantDirectory(running.reader, running.freshness),
            active_key=_always(world.key),
            session_key=bytes(range(32)),
            checkout_base=options.base,
            secret_work=secret_work,
            stranger_logins=StrangerLogins(),
            limiter=options.limiter,
            sign_in_policy=options.sign_in_policy,
        )
        world.app = _application(world, services)
        await _populate(world)
        try:
            yield world
        finally:
            for browser in world.browsers:
                await browser.http.aclose()
            secret_work.close()


def _application(world: World, services: WebServices) -> Any:
    app = framework([web_router(services)])
    nothing = cast("Any", None)
    parts = PipelineParts(
        table=route_table(app, ()),
        application=cast("Any", app),
        authenticator=nothing,
        active_key=services.active_key,
        key_uses=nothing,
        clock=world.clock,
        ids=world.running.ids,
        base_url=BASE,
        issuer=BASE,
        portal="https://developers.tongbao.test",
        livemode=False,
        authorities=(world.options.base.partition("//")[2],),
        log_sinks=(world.log.append,),
        error_page=error_page,
    )
    return Application(app, parts)


def _always(key: SigningKey) -> Any:
    async def active() -> SigningKey:
        return key

    return active


async def _populate(world: World) -> None:
    for account_id, kind in (("acc_bank", "bank_settlement"), ("acc_fee", "fee_income")):
        command = OpenAccount(account_id=account_id, owner_id=None, kind=cast("Any", kind), currency="CNY")
        await world.done(open_account, command)
    await world.done(
        create_merchant,
        CreateMerchant(
            merchant_id="mch_shop",
            name=world.options.merchant_name,
            livemode=False,
            fee_rate_ppm=SHOP.fee_rate_ppm,
            return_origins=SHOP.return_origins,
            settlement_accounts=(SettlementAccount("CNY", "acc_shop"),),
        ),
    )
    await _customer(world, "zhang", "张小三", ("acc_zhang_poor", "acc_zhang_rich"))
    await _customer(world, "li", "李四", ("acc_li",))
    await _customer(world, "wang", "王五", ())
    for account_id, amount_minor in (("acc_zhang_rich", FUNDS_MINOR), ("acc_zhang_poor", 100), ("acc_li", FUNDS_MINOR)):
        arrival = Deposit(
            account_id=account_id, from_account_id="acc_bank", amount_minor=amount_minor, reference_id="start"
        )
        await world.done(deposit, arrival)


async def _customer(world: World, login: str, name: str, account_ids: tuple[str, ...]) -> None:
    command = CreateCustomer(
        customer_id=f"cus_{login}",
        login=login,
        password_hash=_PASSWORD_HASH,
        pin_hash=_PIN_HASH,
        name=name,
        livemode=False,
        accounts=tuple(CustomerAccount(account_id, "CNY") for account_id in account_ids),
    )
    await world.done(create_customer, command)
