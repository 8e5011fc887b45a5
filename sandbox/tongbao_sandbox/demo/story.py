"""The story: a customer buys two coffees, a partner pays an invoice and reserves a party, one coffee was cold.

Everything goes through the SDK and the merchant's own code over real HTTP. It blocks: run it in a thread of its own.
"""

from types import ModuleType
from typing import Any, Final, NamedTuple

import httpx

from tongbao import Tongbao, WebhookEvent, models
from tongbao_sandbox.approve import approve
from tongbao_sandbox.demo.expectation import PAYER_LOGIN, Expectation
from tongbao_sandbox.demo.merchant_code import Mailbox, open_shop
from tongbao_sandbox.demo.report import Line, Statement
from tongbao_sandbox.demo.timeline import Timeline
from tongbao_sandbox.open import Sandbox

ORDER_NO: Final = "20261122-0001"
REFUND_NO: Final = "20261122-0001-R1"
INVOICE_NO: Final = "INV-2026-11"
PARTY_NO: Final = "PARTY-2026-12"
CURRENCY: Final = "CNY"


class Stage(NamedTuple):
    """Where the story is played. The shop listens on ``shop_port``, its origin is registered."""

    sandbox: Sandbox
    merchant: ModuleType
    shop_port: int
    expected: Expectation
    timeline: Timeline

    @property
    def shop_origin(self) -> str:
        """Where the payer's browser comes back to, and where webhooks go."""
        return f"http://127.0.0.1:{self.shop_port}"


def play_story(stage: Stage) -> list[Statement]:
    """Play it; return the merchants' statements as the API gave them. What goes wrong is a check or an exception."""
    file = stage.sandbox.options.state_file
    with (
        httpx.Client(event_hooks={"response": [_Calls("shop", stage.timeline).tell]}, trust_env=False) as shop_http,
        httpx.Client(event_hooks={"response": [_Calls("partner", stage.timeline).tell]}, trust_env=False) as other_http,
        Tongbao.from_sandbox(file, http_client=shop_http) as shop_client,
        Tongbao.from_sandbox(file, merchant=1, algorithm="Ed25519", http_client=other_http) as partner_client,
        open_shop(stage.merchant, shop_client, stage.shop_port) as shop,
    ):
        story = _Story(stage, shop_client, shop)
        story.open_for_business()
        payment = story.sell()
        story.customer_pays(payment)
        story.refuse_a_forged_webhook()
        story.partner_pays(partner_client)
        story.reserve_and_capture(partner_client)
        story.give_back_a_part(payment.id)
        return [
            _statement(stage.merchant, shop_client, "shop"),
            _statement(stage.merchant, partner_client, "partner"),
        ]


class _Story:
    def __init__(self, stage: Stage, client: Tongbao, shop: Any) -> None:  # noqa: ANN401 - the sample's own class
        self._stage = stage
        self._timeline = stage.timeline
        self._expected = stage.expected
        self._client = client
        self._shop = shop
        self._order = stage.merchant.Order(ORDER_NO, stage.expected.order_minor, "Two coffees")
        self._mailbox = Mailbox(self._tell_webhook)

    def open_for_business(self) -> None:
        """Register the webhook endpoint."""
        self._mailbox.watch(self._stage.merchant)
        url = f"{self._stage.shop_origin}/webhooks"
        self._stage.merchant.register_webhook(self._client, self._shop, url)
        self._timeline.step("shop", f"listens for webhooks at {url}")

    def sell(self) -> models.Payment:
        """Create the payment, signed."""
        self._shop.orders[ORDER_NO] = self._order
        create = self._stage.merchant.create_payment_surely
        return_url = f"{self._stage.shop_origin}/done"
        payment: models.Payment = create(self._client, self._order, return_url)
        self._timeline.step("shop", f"order {ORDER_NO}, {_yuan(payment.amount.value)}: {payment.status}")
        self._timeline.check("the payment waits for the payer", payment.status, "requires_action")
        again: models.Payment = create(self._client, self._order, return_url)
        self._timeline.check("the same order number makes no second payment", again.id, payment.id)
        return payment

    def customer_pays(self, payment: models.Payment) -> None:
        """Approve on the checkout page, go back to the shop, and wait for the webhook."""
        customer = self._stage.sandbox.state.customer(PAYER_LOGIN)
        url = self._stage.merchant.checkout_url(payment)
        self._timeline.step("customer", f"opens the checkout page, logs in as {customer.login}, types the PIN")
        landing = approve(url, customer.login, customer.password, customer.pin)
        self._timeline.step("customer", f"is sent back to {landing.partition('?')[0]} with a signed result")
        self._timeline.check(
            "the payer lands on the shop's return URL", landing.startswith(f"{self._stage.shop_origin}/done?")
        )
        result = httpx.URL(landing).params.get("result", "")
        returned, fetched = self._stage.merchant.read_return(self._client, result)
        self._timeline.check(
            "the result is signed by the platform and about this payment", returned.payment_id, payment.id
        )
        self._timeline.check("the result's status", returned.status, "succeeded")
        thanks = httpx.get(landing, trust_env=False)
        self._timeline.step("shop", f"shows the payer: {thanks.text}")
        self._timeline.check("the shop's page answers", thanks.status_code, httpx.codes.OK.value)
        self._timeline.check("the payment, asked for", fetched.status, "succeeded")
        self._timeline.check("its fee in fen", fetched.fee.value, self._expected.order_fee_minor)
        event = self._mailbox.wait_for("payment.succeeded", payment.id)
        self._timeline.check("a signed webhook says payment.succeeded", event is not None)
        paid = self._stage.merchant.wait_until_paid(self._shop, self._order, 1.0)
        self._timeline.check("it matches the shop's own order and amount", paid)

    def refuse_a_forged_webhook(self) -> None:
        """Send the shop a webhook with one digit altered."""
        body, headers = self._mailbox.latest
        forged = body.replace(b'"livemode":false', b'"livemode":true ')
        kept = {name: value for name, value in headers if name.lower().startswith(("webhook-", "content-type"))}
        answer = httpx.post(f"{self._stage.shop_origin}/webhooks", content=forged, headers=kept, trust_env=False)
        self._timeline.step("stranger", f"sends an altered webhook: the shop answers {answer.status_code}")
        self._timeline.check("the altered webhook really differs", forged != body)
        self._timeline.check("the shop refuses it", answer.status_code, httpx.codes.BAD_REQUEST.value)

    def partner_pays(self, partner: Tongbao) -> None:
        """Pay from the partner's account to the shop's, at once, without a page."""
        source, payee = self._stage.sandbox.state.merchants[1], self._stage.sandbox.state.merchants[0]
        payment = partner.payments.create(
            merchant_order_no=INVOICE_NO,
            amount={"value": self._expected.transfer_minor, "currency": CURRENCY},
            description="Coffee beans, November",
            method=models.AccountMethodInput(source_account_id=source.account_id, payee_account_id=payee.account_id),
        )
        amount = _yuan(payment.amount.value)
        self._timeline.step("partner", f"invoice {INVOICE_NO}, {amount} from account to account: {payment.status}")
        self._timeline.check("the account payment", payment.status, "succeeded")
        self._timeline.check("it was posted in one change: revision", payment.revision, 1)
        seen = self._client.payments.get(payment.id)
        self._timeline.check("the shop sees it, and its fee in fen", seen.fee.value, self._expected.transfer_fee_minor)
        event = self._mailbox.wait_for("payment.succeeded", payment.id)
        self._timeline.check("a signed webhook says so", event is not None)

    def reserve_and_capture(self, partner: Tongbao) -> None:
        """Hold the partner's money for a party, take what was drunk, and look at how the bank cleared it."""
        source, payee = self._stage.sandbox.state.merchants[1], self._stage.sandbox.state.merchants[0]
        held = partner.payments.create(
            merchant_order_no=PARTY_NO,
            amount={"value": self._expected.held_minor, "currency": CURRENCY},
            description="Coffee bar for a party",
            method=models.AccountMethodInput(source_account_id=source.account_id, payee_account_id=payee.account_id),
            capture_method="manual",
        )
        self._timeline.step("partner", f"order {PARTY_NO}, {_yuan(held.amount_capturable.value)} held: {held.status}")
        amount = models.Money(value=self._expected.captured_minor, currency=CURRENCY)
        captured = self._client.payments.capture(held.id, amount=amount, idempotency_key=PARTY_NO)
        self._timeline.check("what was held and captured", captured.status, "succeeded")
        self._timeline.check("fen captured", captured.amount_captured.value, self._expected.captured_minor)
        self._timeline.check("its fee in fen", captured.fee.value, self._expected.captured_fee_minor)
        event = self._mailbox.wait_for("payment.succeeded", held.id)
        self._timeline.check("a signed webhook says that it is captured", event is not None)
        steps = self._client.payments.clearing(held.id).steps
        self._timeline.step("bank", f"cleared it: {', '.join(step.type for step in steps)}")
        moved = ", ".join(step.type for step in steps if not isinstance(step, models.ClearingNotified))
        self._timeline.check("the bank's own steps", moved, "hold_opened, posted, hold_released")

    def give_back_a_part(self, payment_id: str) -> None:
        """Refund one coffee."""
        merchant, amount = self._stage.merchant, self._expected.refund_minor
        refund: models.Refund = merchant.refund_part(self._client, self._order, REFUND_NO, amount)
        self._timeline.step("shop", f"refund {REFUND_NO}, {_yuan(amount)}: {refund.status}")
        event = self._mailbox.wait_for("refund.succeeded", refund.id)
        self._timeline.check("a signed webhook says refund.succeeded", event is not None)
        if event is not None:
            self._timeline.check("it matches the shop's own refund", event.match(refund_no=REFUND_NO, amount=amount))
        booked = merchant.wait_until_refunded(self._shop, REFUND_NO, 1.0)
        self._timeline.check("the shop has booked it", booked)
        payment = self._client.payments.get(payment_id)
        self._timeline.check("the payment is refunded", payment.refund_status, "partial")
        self._timeline.check("fen given back", payment.amount_refunded.value, amount)

    def _tell_webhook(self, event: WebhookEvent) -> None:
        self._timeline.step("shop", f"webhook verified: {event.type} ({event.id})")


class _Calls:
    """Tells each call of a client as it went over the wire."""

    def __init__(self, who: str, timeline: Timeline) -> None:
        self._who = who
        self._timeline = timeline

    def tell(self, response: httpx.Response) -> None:
        request = response.request
        signed = [
            word
            for word, message in (("signed", request), ("answer signed", response))
            if "JWS-Signature" in message.headers
        ]
        note = f" ({', '.join(signed)})" if signed else ""
        self._timeline.step(self._who, f"{request.method} {request.url.path} → {response.status_code}{note}")


def _statement(merchant: ModuleType, client: Tongbao, who: str) -> Statement:
    balance: models.Balance
    transactions: list[models.Transaction]
    balance, transactions = merchant.read_statement(client)
    lines = tuple(
        Line(type=each.type, amount_minor=each.amount.value, balance_after_minor=each.balance_after.value)
        for each in reversed(transactions)
    )
    return Statement(
        who=who,
        account_id=balance.account_id,
        source="the API, with the merchant's own client",
        balance_minor=balance.available.value,
        lines=lines,
    )


def _yuan(minor: int) -> str:
    return f"¥{minor // 100:,}.{minor % 100:02}"
