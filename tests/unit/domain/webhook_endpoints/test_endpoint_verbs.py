"""Webhook endpoints: create, change, rotate, disable, delete, try."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.factories.rows import START, FakeBank
from tests.factories.webhooks import create_endpoint, endpoint
from tongbao_platform.domain.webhook_endpoints import create, delete, disable, rotate_secret, send_test, update
from tongbao_platform.domain.webhook_endpoints.delete import DeleteWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.disable import DisableWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.errors import MOST_ENDPOINTS, NOT_FOUND
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.rotate_secret import OVERLAP_MS, RotateWebhookSecret
from tongbao_platform.domain.webhook_endpoints.send_test import SendTestEvent
from tongbao_platform.domain.webhook_endpoints.subscription import wants
from tongbao_platform.domain.webhook_endpoints.update import UpdateWebhookEndpoint
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


def changed(bank: FakeBank, **changes: Any) -> WebhookEndpoint:
    result = bank.run(update, UpdateWebhookEndpoint(endpoint_id="whe_1", **changes))
    assert isinstance(result, WebhookEndpoint)
    assert bank.row(WebhookEndpoint, "whe_1") == result
    return result


def test_a_new_endpoint_is_enabled_and_has_sent_nothing() -> None:
    bank = FakeBank()
    assert bank.run(create, create_endpoint()) == endpoint()
    assert bank.row(WebhookEndpoint, "whe_1") == endpoint()
    assert bank.events == []


@pytest.mark.parametrize(
    ("event_types", "code"),
    [
        ((), "required"),
        (("payment.created", "payment.created"), "not_allowed"),
        (("*", "payment.created"), "not_allowed"),
    ],
)
def test_a_senseless_choice_of_events_is_refused(event_types: tuple[str, ...], code: str) -> None:
    bank = FakeBank([endpoint(2)])
    for refusal in (
        bank.run(create, create_endpoint(event_types=event_types)),
        bank.run(update, UpdateWebhookEndpoint(endpoint_id="whe_2", event_types=event_types)),
    ):
        assert isinstance(refusal, Refusal)
        assert [(error.pointer, error.code) for error in refusal.errors] == [("/event_types", code)]
    assert list(bank.rows.values()) == [endpoint(2)]


def test_a_merchant_has_a_limited_number_of_endpoints() -> None:
    bank = FakeBank()
    refusal = bank.run(create, create_endpoint(endpoints_before=MOST_ENDPOINTS))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "limit_exceeded"
    assert isinstance(bank.run(create, create_endpoint(endpoints_before=MOST_ENDPOINTS - 1)), WebhookEndpoint)


def test_what_is_given_changes_and_the_rest_stays() -> None:
    bank = FakeBank([endpoint(description="old", last_seq=7)])
    result = changed(bank, url="https://new.example/", event_types=("refund.failed",))
    assert result == endpoint(
        description="old", last_seq=7, url="https://new.example/", event_types=("refund.failed",), revision=2
    )
    assert changed(bank, description=None, metadata={"a": "b"}) == replace(
        result, description=None, metadata={"a": "b"}, revision=3
    )
    assert bank.events == []


def test_a_change_to_the_same_changes_nothing() -> None:
    bank = FakeBank([endpoint()])
    assert changed(bank, url=endpoint().url, status="enabled") == endpoint()


def test_a_merchant_switches_its_endpoint_off_and_on() -> None:
    bank = FakeBank([endpoint()])
    off = changed(bank, status="disabled", description="broken")
    assert off == endpoint(
        status="disabled", disabled_reason="merchant", disabled_at=START, description="broken", revision=2
    )
    assert [(event.type, event.subject_id, event.revision) for event in bank.events] == [
        ("webhook_endpoint.disabled", "whe_1", 2)
    ]
    assert changed(bank, status="disabled") == off
    assert changed(bank, status="enabled") == endpoint(description="broken", revision=3)
    assert len(bank.events) == 1


def test_disabling_tells_why_once() -> None:
    bank = FakeBank([endpoint()])
    first = bank.run(disable, DisableWebhookEndpoint(endpoint_id="whe_1"))
    assert first == endpoint(status="disabled", disabled_reason="operator", disabled_at=START, revision=2)
    assert bank.run(disable, DisableWebhookEndpoint(endpoint_id="whe_1", reason="gone")) == first
    assert [event.type for event in bank.events] == ["webhook_endpoint.disabled"]


def test_events_of_endpoints_tell_no_secret() -> None:
    bank = FakeBank([endpoint()])
    bank.run(send_test, SendTestEvent(endpoint_id="whe_1"))
    bank.run(disable, DisableWebhookEndpoint(endpoint_id="whe_1"))
    assert {event.snapshot for event in bank.events} == {b'{"id":"whe_1"}'}
    assert {event.merchant_ids for event in bank.events} == {("mch_shop",)}


def test_the_secret_before_counts_until_its_time_is_over() -> None:
    bank = FakeBank([endpoint()])
    rotated = bank.run(rotate_secret, RotateWebhookSecret(endpoint_id="whe_1", secret_sealed="sealed-2"))
    assert rotated.revision == 2
    assert rotated.sealed_secrets(Instant(START + OVERLAP_MS - 1)) == ("sealed-2", "sealed-1")
    assert rotated.sealed_secrets(Instant(START + OVERLAP_MS)) == ("sealed-2",)
    again = bank.run(rotate_secret, RotateWebhookSecret(endpoint_id="whe_1", secret_sealed="sealed-3"))
    assert again.sealed_secrets(START) == ("sealed-3", "sealed-2")
    leaked = bank.run(rotate_secret, RotateWebhookSecret(endpoint_id="whe_1", secret_sealed="sealed-4", overlap_ms=0))
    assert leaked.sealed_secrets(START) == ("sealed-4",)
    assert leaked.previous_secret_sealed is None


def test_a_deleted_endpoint_is_gone() -> None:
    bank = FakeBank([endpoint()])
    assert bank.run(delete, DeleteWebhookEndpoint(endpoint_id="whe_1")) == endpoint()
    for verb, command in (
        (delete, DeleteWebhookEndpoint(endpoint_id="whe_1")),
        (update, UpdateWebhookEndpoint(endpoint_id="whe_1")),
        (rotate_secret, RotateWebhookSecret(endpoint_id="whe_1", secret_sealed="s")),
        (disable, DisableWebhookEndpoint(endpoint_id="whe_1")),
        (send_test, SendTestEvent(endpoint_id="whe_1")),
    ):
        assert bank.run(verb, command) == NOT_FOUND


def test_who_wants_what() -> None:
    some = endpoint(event_types=("payment.succeeded",))
    assert wants(endpoint(), "anything.new", "pay_1")
    assert wants(some, "payment.succeeded", "pay_1")
    assert not wants(some, "payment.created", "pay_1")
    assert not wants(endpoint(status="disabled"), "payment.created", "pay_1")
    assert wants(endpoint(status="disabled"), "webhook_endpoint.test", "whe_1")
    assert not wants(endpoint(), "webhook_endpoint.test", "whe_2")
