"""Judging an attempt: only a complete 2xx is a success."""

import pytest

from tongbao_platform.delivery.outcome import Outcome, judge
from tongbao_platform.delivery.sender import Failure, SendResult
from tongbao_platform.kernel.clock import HOUR_MS, Instant

NOW = Instant(1_795_000_000_000)


def _judge(status: int | None, *headers: tuple[str, str], failure: Failure | None = None) -> Outcome:
    return judge(SendResult(status=status, headers=headers, failure=failure, duration_ms=1), NOW)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered(status: int) -> None:
    assert _judge(status) == Outcome(verdict="delivered", reason=f"http_{status}")


@pytest.mark.parametrize("status", [101, 300, 301, 302, 304, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    assert _judge(status) == Outcome(verdict="retry", reason=f"http_{status}")


def test_410_disables_the_endpoint() -> None:
    assert _judge(410) == Outcome(verdict="abandon", reason="http_410", disable_endpoint=True)
    assert _judge(410, failure="deadline").disable_endpoint


@pytest.mark.parametrize("failure", ["deadline", "disconnected", "malformed"])
def test_a_2xx_head_without_its_body_is_no_success(failure: Failure) -> None:
    assert _judge(200, failure=failure) == Outcome(verdict="retry", reason=failure)


@pytest.mark.parametrize("failure", ["url_refused", "address_refused", "dns", "connect", "tls", "deadline"])
def test_no_answer_is_tried_again(failure: Failure) -> None:
    assert _judge(None, failure=failure) == Outcome(verdict="retry", reason=failure)


@pytest.mark.parametrize(
    ("status", "expected"), [(429, 120_000), (503, 120_000), (500, None), (404, None), (302, None)]
)
def test_retry_after_counts_where_the_receiver_asks_for_time(status: int, expected: int | None) -> None:
    assert _judge(status, ("retry-after", "120")).retry_after_ms == expected


def test_retry_after_is_capped_and_needs_to_be_clear() -> None:
    assert _judge(503, ("retry-after", "999999")).retry_after_ms == HOUR_MS
    assert _judge(503, ("retry-after", "soon")).retry_after_ms is None
    assert _judge(503, ("retry-after", "1"), ("retry-after", "2")).retry_after_ms is None


def test_the_receiver_can_end_a_message_or_its_endpoint() -> None:
    assert _judge(400, ("webhook-delivery", "abort-message")) == Outcome(verdict="abandon", reason="receiver_abort")
    assert _judge(400, ("webhook-delivery", "disable")) == Outcome(
        verdict="abandon", reason="receiver_disable", disable_endpoint=True
    )
    assert _judge(200, ("webhook-delivery", "disable")) == Outcome(
        verdict="delivered", reason="http_200", disable_endpoint=True
    )
    assert _judge(200, ("webhook-delivery", "abort-message")) == Outcome(verdict="delivered", reason="http_200")
    assert _judge(400, ("webhook-delivery", "whatever")).verdict == "retry"
