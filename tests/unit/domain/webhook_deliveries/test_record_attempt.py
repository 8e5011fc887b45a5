"""What an attempt does to its delivery, and what the fencing token keeps it from doing."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.factories.rows import START, FakeBank
from tests.factories.webhooks import delivery, endpoint
from tongbao_platform.domain.webhook_deliveries import cancel, postpone, record_attempt
from tongbao_platform.domain.webhook_deliveries.cancel import CancelDelivery
from tongbao_platform.domain.webhook_deliveries.errors import NOT_FOUND
from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.postpone import PostponeDelivery
from tongbao_platform.domain.webhook_deliveries.record_attempt import RecordAttempt
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.kernel.clock import Instant

LATER = Instant(START + 5_000)


def attempt(**changes: Any) -> RecordAttempt:
    command = RecordAttempt(
        attempt_id="att_1",
        delivery_id="dlv_1",
        endpoint_id="whe_1",
        lease_token=1,
        url="https://shop.example/hooks",
        started_at=START,
        duration_ms=12,
        verdict="retry",
        reason="http_500",
        next_due_at=LATER,
        response_status=500,
    )
    return replace(command, **changes)


def after(bank: FakeBank, command: RecordAttempt) -> WebhookDelivery:
    bank.run(record_attempt, command)
    return bank.row(WebhookDelivery, "dlv_1")


def test_a_failure_waits_for_its_next_turn() -> None:
    bank = FakeBank([delivery()])
    assert after(bank, attempt()) == delivery(
        attempt_count=1, revision=2, due_at=LATER, last_failure="http_500", lease_token=1
    )
    stored = bank.row(DeliveryAttempt, "att_1")
    assert (stored.number, stored.late, stored.reason, stored.merchant_id) == (1, False, "http_500", "mch_shop")


def test_a_success_ends_it() -> None:
    done = after(FakeBank([delivery()]), attempt(verdict="delivered", reason="http_200", next_due_at=None))
    assert (done.status, done.completed_at, done.last_failure, done.attempt_count) == ("succeeded", START, None, 1)


@pytest.mark.parametrize("ending", [{"next_due_at": None}, {"verdict": "abandon", "next_due_at": None}])
def test_the_last_failure_ends_it_too(ending: dict[str, Any]) -> None:
    done = after(FakeBank([delivery()]), attempt(**ending))
    assert (done.status, done.completed_at, done.last_failure) == ("failed", START, "http_500")


@pytest.mark.parametrize(
    "standing", [{"lease_token": 2}, {"status": "succeeded"}, {"status": "failed"}, {"status": "canceled"}]
)
@pytest.mark.parametrize("verdict", ["delivered", "retry", "abandon"])
def test_a_result_that_comes_too_late_is_only_written_down(standing: dict[str, Any], verdict: str) -> None:
    before = delivery(**standing)
    bank = FakeBank([before, endpoint()])
    assert after(bank, attempt(verdict=verdict, disable_endpoint="gone")) == replace(
        before, attempt_count=1, revision=2
    )
    assert bank.row(DeliveryAttempt, "att_1").late
    assert bank.row(WebhookEndpoint, "whe_1") == endpoint()
    assert bank.events == []


def test_a_receiver_that_is_gone_disables_its_endpoint() -> None:
    bank = FakeBank([delivery(), endpoint()])
    done = after(bank, attempt(verdict="abandon", next_due_at=None, disable_endpoint="gone"))
    assert done.status == "failed"
    off = bank.row(WebhookEndpoint, "whe_1")
    assert (off.status, off.disabled_reason, off.disabled_at) == ("disabled", "gone", START)
    assert [event.type for event in bank.events] == ["webhook_endpoint.disabled"]


@pytest.mark.parametrize("rows", [[], [endpoint(status="disabled", disabled_reason="merchant")]])
def test_an_endpoint_that_is_off_or_deleted_stays_so(rows: list[WebhookEndpoint]) -> None:
    bank = FakeBank([delivery(), *rows])
    assert after(bank, attempt(verdict="abandon", next_due_at=None, disable_endpoint="gone")).status == "failed"
    assert [row for row in bank.rows.values() if isinstance(row, WebhookEndpoint)] == rows
    assert bank.events == []


def test_putting_back_and_canceling_obey_the_token() -> None:
    bank = FakeBank([delivery()])
    back = PostponeDelivery(delivery_id="dlv_1", lease_token=1, due_at=LATER)
    end = CancelDelivery(delivery_id="dlv_1", lease_token=1)
    for command in (replace(back, lease_token=0), replace(end, lease_token=0)):
        bank.run(postpone if isinstance(command, PostponeDelivery) else cancel, command)
        assert bank.row(WebhookDelivery, "dlv_1") == delivery()
    assert bank.run(postpone, back) == delivery(due_at=LATER)
    canceled = bank.run(cancel, end)
    assert canceled == delivery(due_at=LATER, status="canceled", completed_at=START, revision=2)
    assert bank.run(cancel, end) == bank.run(postpone, back) == canceled


def test_an_unknown_delivery_is_not_found() -> None:
    bank = FakeBank()
    assert bank.run(record_attempt, attempt()) == NOT_FOUND
    assert bank.run(cancel, CancelDelivery(delivery_id="dlv_1", lease_token=1)) == NOT_FOUND
    assert bank.run(postpone, PostponeDelivery(delivery_id="dlv_1", lease_token=1, due_at=LATER)) == NOT_FOUND
