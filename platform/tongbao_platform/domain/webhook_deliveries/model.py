"""The delivery and its attempts as values."""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

DeliveryStatus = Literal["pending", "succeeded", "failed", "canceled"]


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint.

    ``body`` is rendered once, when the event is fanned out, and these bytes go out on every attempt. ``seq`` counts the
    endpoint's events without a gap. While it is pending, ``due_at`` is when it is tried next; a worker that takes it
    moves that to the end of its lease and gets the next ``lease_token``, and only the newest token's result counts.
    ``last_failure`` is a stable word (``http_500``, ``deadline``, …) for the last attempt that failed.
    """

    id: str
    livemode: bool
    revision: int
    status: DeliveryStatus
    merchant_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    seq: int
    body: bytes
    due_at: Instant
    created_at: Instant
    replay_no: int = 0
    lease_token: int = 0
    attempt_count: int = 0
    last_failure: str | None = None
    completed_at: Instant | None = None


class DeliveryProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a delivery is, without its body; see ``WebhookDelivery``."""

    id: str
    endpoint_id: str
    event_id: str
    status: DeliveryStatus
    attempt_count: int
    last_failure: str | None
    due_at: Instant
    completed_at: Instant | None


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One POST and what came back.

    ``number`` counts the delivery's attempts from 1. ``reason`` is a stable word: ``http_200``, ``http_500``, ``dns``,
    ``deadline``, …; ``detail`` is a phrase for people. ``response_headers`` are allow-listed;
    ``response_body`` is at most 16 KiB, and ``response_body_truncated`` says that more came. ``late`` attempts ended
    after another worker had taken the delivery, and changed nothing.
    """

    id: str
    delivery_id: str
    merchant_id: str
    number: int
    url: str
    started_at: Instant
    duration_ms: int
    late: bool
    response_status: int | None
    reason: str
    detail: str
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    response_body_truncated: bool
