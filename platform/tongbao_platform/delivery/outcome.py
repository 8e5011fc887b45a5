"""What an attempt's result means for its delivery and its endpoint."""

from typing import Final, Literal

import msgspec

from tongbao_platform.delivery.retry_after import retry_after_ms
from tongbao_platform.delivery.sender import SendResult
from tongbao_platform.kernel.clock import Instant

Verdict = Literal["delivered", "retry", "abandon"]

_GONE: Final = 410
_ASK_FOR_TIME: Final = frozenset({429, 503})
_CONTROL_HEADER: Final = "webhook-delivery"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one attempt.

    ``retry`` follows the schedule, no earlier than ``retry_after_ms`` (see ``schedule.next_attempt``); ``abandon``
    ends this delivery at the receiver's wish. ``disable_endpoint`` is independent of the verdict. ``reason`` is a
    stable word for the log: ``http_<status>``, a failure of ``sender.Failure``, or ``receiver_abort``,
    ``receiver_disable``.
    """

    verdict: Verdict
    reason: str
    disable_endpoint: bool = False
    retry_after_ms: int | None = None


def judge(result: SendResult, now: Instant) -> Outcome:
    """Judge an attempt that ended at ``now``.

    Only a complete 2xx answer is a success; 3xx is a failure like any other; 410 disables the endpoint (Standard
    Webhooks 1.0.0), and so does the answer header ``webhook-delivery: disable``; ``webhook-delivery: abort-message``
    on an answer that is no success ends this one delivery. ``Retry-After`` counts on 429 and 503. Everything else is
    tried again, also 4xx: a receiver that is being deployed answers 404 for a while.
    """
    wish = _single(result, _CONTROL_HEADER)
    disable = wish == "disable"
    if result.status is None:
        return Outcome(verdict="retry", reason=result.failure or "disconnected")
    reason = result.failure or f"http_{result.status}"
    if 200 <= result.status < 300:
        verdict: Verdict = "delivered" if result.failure is None else "retry"
        return Outcome(verdict=verdict, reason=reason, disable_endpoint=disable)
    if result.status == _GONE:
        return Outcome(verdict="abandon", reason="http_410", disable_endpoint=True)
    if disable:
        return Outcome(verdict="abandon", reason="receiver_disable", disable_endpoint=True)
    if wish == "abort-message":
        return Outcome(verdict="abandon", reason="receiver_abort")
    asked = _single(result, "retry-after") if result.status in _ASK_FOR_TIME else None
    return Outcome(verdict="retry", reason=reason, retry_after_ms=None if asked is None else retry_after_ms(asked, now))


def _single(result: SendResult, name: str) -> str | None:
    """Return the value of a header that was sent once; two of them contradict each other and say nothing."""
    values = [value.strip(" \t") for header, value in result.headers if header == name]
    return values[0] if len(values) == 1 else None
