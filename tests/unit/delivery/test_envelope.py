"""The envelope: the members around the object, byte for byte."""

import json

from tests.factories.rows import START
from tongbao_platform.delivery.envelope import around_seq, render, without_seq
from tongbao_platform.outbox.event import Event


def event(subject_type: str = "payment") -> Event:
    return Event(
        id="evt_1",
        type="payment.succeeded",
        livemode=True,
        occurred_at=START,
        subject_type=subject_type,
        subject_id="pay_1",
        revision=3,
        merchant_id="mch_shop",
        other_merchant_id=None,
        traceparent=None,
        snapshot=b"{}",
    )


HEAD = (
    b'{"id":"evt_1","type":"payment.succeeded","timestamp":"2026-11-18T11:06:40.000Z","livemode":true,"api_version":"v"'
)


def test_the_number_stands_between_two_parts() -> None:
    before, after = around_seq(event(), "v", b'{"a":1}')
    assert before == HEAD + b',"seq":'
    assert after == b',"revision":3,"data":{"a":1}}'
    assert json.loads(b"%s%d%s" % (before, 7, after))["seq"] == 7


def test_a_reader_that_is_no_endpoint_sees_no_number() -> None:
    assert without_seq(event(), "v", b"{}") == HEAD + b',"revision":3,"data":{}}'


def test_accounts_and_endpoints_are_never_rendered_in_full() -> None:
    def full(told: Event, viewer: str, version: str) -> bytes:
        return f'"{told.subject_type} {viewer} {version}"'.encode()

    assert render(event(), "mch_shop", "v", full) == b'"payment mch_shop v"'
    assert render(event("account"), "mch_shop", "v", full) == b'{"id":"pay_1","object":"account"}'
    assert render(event("webhook_endpoint"), "mch_shop", "v", full) == b'{"id":"pay_1","object":"webhook_endpoint"}'
