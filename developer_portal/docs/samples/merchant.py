"""A merchant's server in one file: it sells coffee, is paid through Tongbao, and gives a part back.

Run it beside a sandbox: ``python merchant.py var/sandbox.json``. Importing it does nothing.
"""

import contextlib
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tongbao import NotFoundError, OutcomeUnknown, PaymentReturn, SignatureError, Tongbao, WebhookEvent, models


# --8<-- [start:shop]
@dataclass
class Order:
    """What the shop knows about one order. Money is a whole number of fen: 1999 is 19.99 yuan."""

    number: str
    amount: int
    description: str
    payment_id: str | None = None
    paid: bool = False


@dataclass
class Shop:
    """What the shop remembers; a real one keeps it in its database."""

    orders: dict[str, Order] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)  # fen, by our refund number
    webhook_secrets: list[str] = field(default_factory=list)
    handled_events: set[str] = field(default_factory=set)
    revisions: dict[str, int] = field(default_factory=dict)  # the newest one seen, by object id
    changed: threading.Condition = field(default_factory=threading.Condition)


# --8<-- [end:shop]


# --8<-- [start:register]
def register_webhook(client: Tongbao, shop: Shop, url: str) -> str:
    endpoint = client.webhook_endpoints.create(url=url, event_types=["*"])
    shop.webhook_secrets.append(endpoint.secret)  # shown this once
    return endpoint.id


# --8<-- [end:register]


# --8<-- [start:create]
def create_payment(client: Tongbao, order: Order, return_url: str) -> models.Payment:
    payment = client.payments.create(
        merchant_order_no=order.number,
        amount={"value": order.amount, "currency": "CNY"},
        description=order.description,
        method={"type": "h5", "return_url": return_url},
    )
    order.payment_id = payment.id
    return payment


def checkout_url(payment: models.Payment) -> str:
    assert isinstance(payment.next_action, models.RedirectToUrl)
    return payment.next_action.url


# --8<-- [end:create]


# --8<-- [start:unknown]
def create_payment_surely(client: Tongbao, order: Order, return_url: str) -> models.Payment:
    try:
        return create_payment(client, order, return_url)
    except OutcomeUnknown:  # the answer was lost: the payment may exist or not
        try:
            return client.payments.get_by_merchant_order_no(order.number)
        except NotFoundError:  # a signed "no": it was not created, and the same number is free
            return create_payment(client, order, return_url)


# --8<-- [end:unknown]


# --8<-- [start:webhook]
def handle_webhook(client: Tongbao, shop: Shop, body: bytes, headers: list[tuple[str, str]]) -> WebhookEvent:
    # Raises SignatureError unless the platform signed exactly these octets within the last five minutes.
    event = client.webhooks.unwrap(body, headers, shop.webhook_secrets)
    with shop.changed:
        if event.id in shop.handled_events:
            return event  # delivered twice: nothing to do, and still a 2xx
        if isinstance(event, models.PaymentEvent | models.RefundEvent) and is_news(shop, event.data.id, event.revision):
            apply(shop, event)
        shop.handled_events.add(event.id)
        shop.changed.notify_all()
    return event


def is_news(shop: Shop, object_id: str, revision: int) -> bool:
    if revision <= shop.revisions.get(object_id, 0):
        return False  # an older state that arrived late
    shop.revisions[object_id] = revision
    return True


def apply(shop: Shop, event: models.PaymentEvent | models.RefundEvent) -> None:
    if isinstance(event, models.PaymentEvent) and event.type == "payment.succeeded":
        order = shop.orders.get(event.data.merchant_order_no or "")
        # A true signature says who sent it; that it fits our own order we check ourselves.
        if order is not None and event.match(order_no=order.number, amount=order.amount):
            order.payment_id = event.data.id
            order.paid = True
    if isinstance(event, models.RefundEvent) and event.type == "refund.succeeded":
        shop.refunded[event.data.merchant_refund_no] = event.data.amount.value


# --8<-- [end:webhook]


# --8<-- [start:return]
def read_return(client: Tongbao, result: str) -> tuple[PaymentReturn, models.Payment]:
    returned = client.verify_return(result)  # SignatureError unless the platform made it, for us, just now
    return returned, client.payments.get(returned.payment_id)


# --8<-- [end:return]


# --8<-- [start:refund]
def refund_part(client: Tongbao, order: Order, refund_no: str, amount: int) -> models.Refund:
    assert order.payment_id is not None
    return client.refunds.create(
        payment_id=order.payment_id,
        merchant_refund_no=refund_no,
        amount={"value": amount, "currency": "CNY"},
        reason="One coffee was cold",
    )


# --8<-- [end:refund]


# --8<-- [start:statement]
def read_statement(client: Tongbao) -> tuple[models.Balance, list[models.Transaction]]:
    account = client.accounts.list(currency="CNY").data[0]
    # Newest first; iterating fetches page after page.
    return client.accounts.balance(account.id), list(client.accounts.transactions(account.id, limit=100))


# --8<-- [end:statement]


# --8<-- [start:server]
def make_server(client: Tongbao, shop: Shop, port: int = 0) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if self.path != "/webhooks":
                return self.answer(404)
            try:
                handle_webhook(client, shop, body, self.headers.items())
            except SignatureError as error:
                return self.answer(400, str(error))
            return self.answer(204)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            results = parse_qs(url.query).get("result", [])
            if url.path != "/done" or len(results) != 1:
                return self.answer(404)
            try:
                _, payment = read_return(client, results[0])
            except SignatureError as error:
                return self.answer(400, str(error))
            return self.answer(200, f"Order {payment.merchant_order_no}: {payment.status}. Thank you!")

        def answer(self, status: int, text: str = "") -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Keep the terminal quiet: a query string can hold a signed result."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


# --8<-- [end:server]


def local_origin(client: Tongbao) -> str:
    for origin in client.me.get().merchants[0].return_origins:
        if urlsplit(origin).hostname in ("127.0.0.1", "localhost"):
            return origin
    raise SystemExit("No return origin of this merchant is on this machine.")


def wait_until_paid(shop: Shop, order: Order, timeout_seconds: float) -> bool:
    with shop.changed:
        return shop.changed.wait_for(lambda: order.paid, timeout_seconds)


def wait_until_refunded(shop: Shop, refund_no: str, timeout_seconds: float) -> bool:
    with shop.changed:
        return shop.changed.wait_for(lambda: refund_no in shop.refunded, timeout_seconds)


def yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


# --8<-- [start:main]
def main(sandbox_file: str = "var/sandbox.json") -> None:
    client = Tongbao.from_sandbox(sandbox_file)
    shop = Shop()
    origin = local_origin(client)
    server = make_server(client, shop, urlsplit(origin).port or 80)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    register_webhook(client, shop, f"{origin}/webhooks")

    order = Order(f"{datetime.now(UTC):%Y%m%d-%H%M%S}", 1999, "Two coffees")
    shop.orders[order.number] = order
    payment = create_payment_surely(client, order, f"{origin}/done")
    print("Pay here:", checkout_url(payment))

    if not wait_until_paid(shop, order, timeout_seconds=600):
        raise SystemExit("Nobody paid.")
    print("Paid:", yuan(order.amount))
    refund_part(client, order, f"{order.number}-R1", 999)
    wait_until_refunded(shop, f"{order.number}-R1", timeout_seconds=60)

    balance, transactions = read_statement(client)
    for entry in reversed(transactions):
        print(f"{entry.type:12} {yuan(entry.amount.value):>10} {yuan(entry.balance_after.value):>12}")
    print("Available:", yuan(balance.available.value))
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        input("The shop stays open for returning browsers; Enter closes it.\n")
    server.shutdown()
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
# --8<-- [end:main]
