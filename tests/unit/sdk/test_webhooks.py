"""Receiving webhooks: signatures on raw bytes, typed events, matching with one's own order."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Reference

from tests.unit.sdk.fake_platform import NOW, PAYMENT
from tongbao import SignatureError, UnknownEvent, models, webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
# The published vectors of Standard Webhooks 1.0 (v1 of the reference libraries, v1a of the specification's text).
VECTOR_ID, VECTOR_TIME, VECTOR_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
VECTOR_V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
VECTOR_V1A = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
VECTOR_PUBLIC = (
    "whpk_"
    + base64.b64encode(
        base64.b64decode("6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==")[
            32:
        ]
    ).decode()
)


def event_body(**changes: Any) -> bytes:
    event = {
        "id": "evt_1",
        "type": "payment.succeeded",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "livemode": False,
        "api_version": "2026-11-22",
        "seq": 1,
        "revision": 2,
        "data": {**PAYMENT, "status": "succeeded"},
        **changes,
    }
    return json.dumps(event).encode()


def signed(body: bytes, secret: str = SECRET, time: float = NOW) -> dict[str, str]:
    content = f"evt_1.{int(time)}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(time)),
        "Webhook-Signature": "v1," + base64.b64encode(mac).decode(),
    }


def unwrap(body: Any, headers: Any, secrets: Any = SECRET) -> Any:
    return webhooks.unwrap(body, headers, secrets, now=NOW)


def test_a_signed_event_is_typed() -> None:
    body = event_body()
    event = unwrap(body, signed(body))
    assert isinstance(event, models.PaymentEvent)
    assert (event.type, event.seq, event.data.status) == ("payment.succeeded", 1, "succeeded")


@pytest.mark.parametrize(("secret", "signature"), [(SECRET, VECTOR_V1), (VECTOR_PUBLIC, VECTOR_V1A)])
def test_the_published_vectors_verify(secret: str, signature: str) -> None:
    headers = {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_TIME),
        "webhook-signature": f"v9,AAAA nonsense , v1,!! {signature}",
    }
    with pytest.raises(SignatureError, match="is signed, but it is not an event"):
        webhooks.unwrap(VECTOR_BODY, headers, [OTHER, secret], now=VECTOR_TIME)
    with pytest.raises(SignatureError, match="no signature"):
        webhooks.unwrap(VECTOR_BODY + b" ", headers, [OTHER, secret], now=VECTOR_TIME)


def test_the_reference_library_signs_what_is_accepted_here() -> None:
    body = event_body()
    signature = Reference(SECRET).sign("evt_1", datetime.fromtimestamp(NOW, UTC), body.decode())
    headers = {**signed(body), "Webhook-Signature": signature}
    assert unwrap(body, headers).id == "evt_1"


def test_several_secrets_serve_a_rotation() -> None:
    body = event_body()
    assert unwrap(body, signed(body, OTHER), [SECRET, OTHER]).id == "evt_1"
    with pytest.raises(SignatureError):
        unwrap(body, signed(body, OTHER), [SECRET])


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_times_within_the_tolerance_pass(offset: int) -> None:
    body = event_body()
    assert unwrap(body, signed(body, time=NOW + offset)).id == "evt_1"


@pytest.mark.parametrize("offset", [-301, 301])
def test_times_beyond_the_tolerance_do_not(offset: int) -> None:
    body = event_body()
    with pytest.raises(SignatureError):
        unwrap(body, signed(body, time=NOW + offset))


def header_forms() -> list[Any]:
    plain = signed(event_body())
    return [
        {name.lower(): value for name, value in plain.items()},
        list(plain.items()),
        [(name.lower().encode(), value.encode()) for name, value in plain.items()],
        {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in plain.items()} | {"wsgi.input": object()},
    ]


@pytest.mark.parametrize("headers", header_forms(), ids=["lower", "pairs", "asgi", "wsgi"])
def test_headers_come_in_the_forms_frameworks_have(headers: Any) -> None:
    assert unwrap(event_body(), headers).id == "evt_1"


BAD_HEADERS: list[Any] = [
    {},
    None,
    7,
    ["x"],
    [("a", "b", "c")],
    {**signed(b"{}"), "Webhook-Timestamp": "1e9"},
    {**signed(b"{}"), "Webhook-Timestamp": "-1"},
    {**signed(b"{}"), "Webhook-Timestamp": "１２３"},
    {**signed(b"{}"), "Webhook-Timestamp": None},
    {**signed(b"{}"), "Webhook-Id": "é"},
    {**signed(b"{}"), "Webhook-Signature": ""},
    {**signed(b"{}"), "Webhook-Signature": "v1"},
    {**signed(b"{}"), "Webhook-Signature": "v1,é"},
    {**signed(b"{}"), "webhook-id": "evt_2"},
]


@pytest.mark.parametrize("headers", BAD_HEADERS)
def test_malformed_headers_are_signature_errors(headers: Any) -> None:
    with pytest.raises(SignatureError):
        unwrap(b"{}", headers)


@given(body=st.binary(max_size=200), headers=st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=4))
def test_whatever_arrives_unsigned_is_a_signature_error(body: bytes, headers: Mapping[str, str]) -> None:
    names = ["webhook-id", "webhook-timestamp", "webhook-signature"]
    given_headers = dict(zip(names, headers.values(), strict=False)) | dict(headers)
    with pytest.raises(SignatureError):
        unwrap(body, given_headers)


@given(
    st.one_of(st.binary(max_size=200), st.sampled_from([b"[]", b"{}", b'{"type":1}', b"[" * 100_000, b'{"a":1,"a":2}']))
)
def test_signed_octets_that_are_no_event_are_signature_errors(body: bytes) -> None:
    with pytest.raises(SignatureError):
        unwrap(body, signed(body))


@pytest.mark.parametrize("body", ["{}", {"id": "evt_1"}, None])
def test_only_raw_octets_are_accepted(body: Any) -> None:
    with pytest.raises(TypeError, match="raw body"):
        unwrap(body, signed(b"{}"))


@pytest.mark.parametrize("secret", ["", "MfKQ", "whsec_", "whsec_é", "whsk_AAAA", "whpk_AAAA"])
def test_a_wrong_secret_is_the_receivers_mistake(secret: str) -> None:
    with pytest.raises(ValueError, match="wh"):
        unwrap(b"{}", signed(b"{}"), secret)


def test_unknown_events_are_handed_over() -> None:
    for changes in ({"type": "moon.rose", "data": {"a": 1}}, {"data": {"id": 5}}):
        body = event_body(**changes)
        event = unwrap(body, signed(body))
        assert isinstance(event, UnknownEvent)
        assert event.data == changes["data"]


def test_match_compares_with_ones_own_order() -> None:
    body = event_body()
    event = unwrap(body, signed(body))
    assert event.match(order_no="A-1", amount=1999)
    assert event.match("A-1", {"value": 1999, "currency": "CNY"})
    assert event.match(amount=models.Money(value=1999, currency="CNY"))
    assert not event.match(order_no="A-2", amount=1999)
    assert not event.match(order_no="A-1", amount=1998)
    assert not event.match(order_no="A-1", amount=1999, currency="USD")
    assert not event.match(amount={"value": 1999})
    assert not event.match(refund_no="A-1")
    with pytest.raises(TypeError):
        event.match()
    with pytest.raises(TypeError):
        event.match(amount=19.99)


def test_match_works_on_events_without_a_type() -> None:
    body = event_body(type="payment.reviewed")
    event = unwrap(body, signed(body))
    assert event.match(order_no="A-1", amount=1999)
    assert not event.match(order_no="A-2")


def test_a_signature_counts_only_under_its_own_version() -> None:
    body = event_body()
    headers = signed(body)
    headers["Webhook-Signature"] = headers["Webhook-Signature"].replace("v1,", "v1a,")
    with pytest.raises(SignatureError, match="no signature"):
        unwrap(body, headers)
