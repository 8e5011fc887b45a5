"""The samples that the pages show do what the pages say."""

import base64
import importlib.util
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.unit.sdk.fake_platform import (
    BASE_URL,
    CLIENT_ID,
    CLIENT_KEY,
    ISSUER_KEY,
    PAYMENT,
    Answer,
    FakePlatform,
    TestClock,
    problem,
)
from tongbao import SignatureError, Tongbao, models
from tongbao_portal.build import DOCS, ROOT, VECTORS

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
REFUND: dict[str, Any] = {
    "id": "ref_1",
    "object": "refund",
    "livemode": False,
    "revision": 2,
    "status": "succeeded",
    "merchant_id": "mch_1",
    "payment_id": "pay_1",
    "merchant_refund_no": "A-1-R1",
    "amount": {"value": 999, "currency": "CNY"},
    "reason": None,
    "metadata": {},
    "fee_returned": {"value": 6, "currency": "CNY"},
    "last_error": None,
    "created_at": "2026-11-22T10:20:00.000Z",
    "succeeded_at": "2026-11-22T10:20:00.000Z",
}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sample_{name}", ROOT / DOCS / "samples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Stall:
    """The merchant's sample beside a platform in memory."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.platform = FakePlatform(self.clock)
        self.client = Tongbao(
            base_url=BASE_URL,
            client_id=CLIENT_ID,
            private_key=json.loads(CLIENT_KEY.export_private()),
            merchant_id="mch_1",
            environment=self.clock.environment(),
            max_retries=0,
            http_client=httpx.Client(transport=httpx.MockTransport(self.platform.handle)),
        )
        self.code: Any = load("merchant")
        self.shop = self.code.Shop(webhook_secrets=[SECRET])
        self.order = self.code.Order("A-1", 1999, "Two coffees")
        self.shop.orders["A-1"] = self.order

    def answer(self, *answers: Answer | Exception) -> None:
        self.platform.answers = list(answers)

    def webhook(self, number: int, kind: str, data: dict[str, Any]) -> tuple[bytes, list[tuple[str, str]]]:
        event = {
            "id": f"evt_{number}",
            "type": kind,
            "timestamp": "2026-11-22T10:12:30.000Z",
            "livemode": False,
            "api_version": "2026-11-22",
            "seq": number,
            "revision": data["revision"],
            "data": data,
        }
        body = json.dumps(event)
        sent = datetime.fromtimestamp(int(self.clock.time), UTC)
        signature = Webhook(SECRET).sign(event["id"], sent, body)
        headers = [
            ("Webhook-Id", str(event["id"])),
            ("Webhook-Timestamp", str(int(self.clock.time))),
            ("Webhook-Signature", signature),
        ]
        return body.encode(), headers

    def receive(self, number: int, kind: str, data: dict[str, Any]) -> None:
        self.code.handle_webhook(self.client, self.shop, *self.webhook(number, kind, data))


@pytest.fixture
def stall() -> Iterator[Stall]:
    stall = Stall()
    with stall.client:
        yield stall


def paid(**more: Any) -> dict[str, Any]:
    return {**PAYMENT, "revision": 3, "status": "succeeded", "next_action": None, **more}


def test_a_payment_is_created_and_has_a_checkout_address(stall: Stall) -> None:
    payment = stall.code.create_payment(stall.client, stall.order, "https://shop.test/done")
    assert stall.code.checkout_url(payment) == "https://pay.test/x"
    assert stall.order.payment_id == "pay_1"
    sent = json.loads(stall.platform.requests[0].content)
    assert (sent["merchant_order_no"], sent["amount"]["value"]) == ("A-1", 1999)


def test_a_lost_answer_is_resolved_by_the_merchant_s_number(stall: Stall) -> None:
    stall.answer(httpx.ReadError("gone"), Answer(200, paid()))
    payment = stall.code.create_payment_surely(stall.client, stall.order, "https://shop.test/done")
    assert payment.status == "succeeded"
    assert [request.method for request in stall.platform.requests] == ["POST", "GET"]


def test_only_a_signed_no_makes_it_create_again(stall: Stall) -> None:
    stall.answer(httpx.ReadError("gone"), problem(404, "not_found"), Answer(201))
    payment = stall.code.create_payment_surely(stall.client, stall.order, "https://shop.test/done")
    assert payment.id == "pay_1"
    assert [request.method for request in stall.platform.requests] == ["POST", "GET", "POST"]


def test_a_webhook_marks_the_order_paid_once(stall: Stall) -> None:
    stall.receive(1, "payment.succeeded", paid())
    assert stall.order.paid
    stall.order.paid = False
    stall.shop.revisions.clear()  # so that only the event's id can tell
    stall.receive(1, "payment.succeeded", paid())
    assert not stall.order.paid, "the same event was applied twice"


def test_an_older_revision_changes_nothing(stall: Stall) -> None:
    stall.receive(2, "payment.canceled", paid(revision=4, status="canceled"))
    stall.receive(1, "payment.succeeded", paid(revision=3))
    assert not stall.order.paid


@pytest.mark.parametrize(
    "other", [{"amount": {"value": 1, "currency": "CNY"}}, {"merchant_order_no": "B-9"}, {"merchant_order_no": None}]
)
def test_a_signed_event_that_does_not_fit_the_order_pays_nothing(stall: Stall, other: dict[str, Any]) -> None:
    stall.receive(1, "payment.succeeded", paid(**other))
    assert not stall.order.paid


def test_a_forged_webhook_is_refused(stall: Stall) -> None:
    body, headers = stall.webhook(1, "payment.succeeded", paid())
    with pytest.raises(SignatureError):
        stall.code.handle_webhook(stall.client, stall.shop, body + b" ", headers)
    assert not stall.order.paid


def test_a_refund_is_asked_for_and_booked(stall: Stall) -> None:
    stall.order.payment_id = "pay_1"
    stall.answer(Answer(201, REFUND))
    refund = stall.code.refund_part(stall.client, stall.order, "A-1-R1", 999)
    assert isinstance(refund, models.Refund)
    stall.receive(1, "refund.succeeded", REFUND)
    assert stall.shop.refunded == {"A-1-R1": 999}
    assert stall.code.wait_until_refunded(stall.shop, "A-1-R1", 0)


def test_the_server_receives_webhooks_and_returning_browsers(stall: Stall) -> None:
    server = stall.code.make_server(stall.client, stall.shop)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    body, headers = stall.webhook(1, "payment.succeeded", paid())
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as browser:
            assert browser.post("/webhooks", content=body, headers=headers).status_code == 204
            assert browser.post("/webhooks", content=body + b" ", headers=headers).status_code == 400
            assert browser.get("/done", params={"result": "forged"}).status_code == 400
            assert browser.get("/elsewhere").status_code == 404
            assert browser.post("/elsewhere").status_code == 404
    finally:
        server.shutdown()
        server.server_close()
    assert stall.order.paid


def authorized(**more: Any) -> dict[str, Any]:
    return paid(revision=2, status="authorized", capture_method="manual", **more)


def test_an_order_is_authorized_with_manual_capture(stall: Stall) -> None:
    sample: Any = load("captures")
    stall.answer(Answer(201, {**PAYMENT, "capture_method": "manual"}))
    sample.authorize(stall.client, "A-1", 1999, "https://shop.test/done")
    sent = json.loads(stall.platform.requests[0].content)
    assert (sent["capture_method"], sent["amount"]["value"], sent["method"]["type"]) == ("manual", 1999, "h5")


def test_a_parcel_is_captured_under_a_key_of_its_own(stall: Stall) -> None:
    sample: Any = load("captures")
    stall.answer(Answer(200, authorized(amount_captured={"value": 999, "currency": "CNY"})), Answer(200, paid()))
    sample.ship_parcel(stall.client, "pay_1", "7", 999, last=False)
    sample.take_everything(stall.client, "pay_1")
    part, rest = stall.platform.requests
    assert part.url.path == rest.url.path == "/v1/payments/pay_1/capture"
    assert json.loads(part.content) == {"amount": {"value": 999, "currency": "CNY"}, "final": False}
    assert json.loads(rest.content) == {}
    assert [each.headers["idempotency-key"] for each in (part, rest)] == ["parcel-7", "all-pay_1"]


def test_giving_up_says_what_became_of_the_payment(stall: Stall) -> None:
    sample: Any = load("captures")
    stall.answer(
        Answer(200, paid(status="canceled")),
        problem(409, "payment_invalid_state", current_status="succeeded", allowed_actions=["refund"]),
    )
    assert sample.give_up(stall.client, "pay_1") == "canceled"
    assert sample.give_up(stall.client, "pay_1") == "succeeded"
    assert [request.url.path for request in stall.platform.requests] == ["/v1/payments/pay_1/void"] * 2


def test_a_shipment_follows_the_events_of_its_payment(stall: Stall) -> None:
    sample: Any = load("captures")
    shipment = sample.Shipment("pay_1")
    seen = []
    for number, (kind, data) in enumerate(
        (
            ("payment.authorized", authorized()),
            ("payment.partially_captured", authorized(amount_captured={"value": 999, "currency": "CNY"})),
            ("payment.succeeded", paid(amount_captured={"value": 1500, "currency": "CNY"})),
        ),
        start=1,
    ):
        event = stall.client.webhooks.unwrap(*stall.webhook(number, kind, data), [SECRET])
        sample.apply(shipment, event)
        seen.append((shipment.reserved, shipment.taken, shipment.closed))
    assert seen == [(True, 0, False), (True, 999, False), (True, 1500, True)]


def test_the_clearing_is_read_step_by_step(stall: Stall) -> None:
    sample: Any = load("captures")
    shipment = sample.Shipment("pay_1")
    document = json.loads((ROOT / "openapi" / "tongbao-v1.json").read_bytes())
    media = document["paths"]["/v1/payments/{id}/clearing"]["get"]["responses"]["200"]["content"]["application/json"]
    stall.answer(Answer(200, media["examples"]["part_captured"]["value"]))
    sample.read_clearing(stall.client, shipment)
    assert shipment.clearing == [
        "hold_opened 5000",
        "payment.authorized: []",
        "posted 2000",
        "hold_released 3000",
        "payment.succeeded: ['succeeded']",
    ]


def test_the_signing_sample_builds_every_published_payload() -> None:
    sample: Any = load("signing")
    accepted = json.loads((ROOT / VECTORS).read_bytes())["accepted"]
    for vector in accepted:
        members = json.loads(vector["protected"])
        hdrs = members["hdrs"].split(",") if members["hdrs"] else []
        target = vector["target"].removesuffix("?") if vector["target"].count("?") == 1 else vector["target"]
        headers = dict(vector["headers"])
        octets = sample.payload(vector["method"], target, headers, hdrs, vector["body"].encode())
        assert sample.base64url(octets) == vector["payload"], vector["name"]
        signature = base64.urlsafe_b64decode(vector["signature"] + "==")
        assert [sample.header_value(vector["protected"].encode(), signature)] == vector["jws_signature"]


def test_the_signing_sample_makes_the_nine_members() -> None:
    sample: Any = load("signing")
    key = {"alg": "ES256", "kid": ISSUER_KEY.get("kid")}
    made = json.loads(sample.protected(CLIENT_ID, BASE_URL, "vector-access-token-0000000000000000000000", key, ["A"]))
    vector = json.loads((ROOT / VECTORS).read_bytes())["accepted"][0]
    assert list(made) == list(json.loads(vector["protected"]))
    assert made["ath"] == json.loads(vector["protected"])["ath"]
