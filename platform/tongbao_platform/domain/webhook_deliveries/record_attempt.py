"""Record an attempt and what it means for its delivery and its endpoint.

Only the result under the newest lease counts: when another worker has taken the delivery meanwhile, the attempt is
kept as a fact, marked late, and nothing else changes.
"""

from typing import Literal

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_deliveries import errors
from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.states import advance
from tongbao_platform.domain.webhook_endpoints.disable import disabled_of
from tongbao_platform.domain.webhook_endpoints.events import endpoint_disabled
from tongbao_platform.domain.webhook_endpoints.model import DisabledReason, WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class RecordAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that has ended.

    ``verdict``: ``delivered``, ``retry`` (``next_due_at`` says when; empty: the last attempt was this one) or
    ``abandon`` (the receiver wants it no more). ``reason`` is a stable word, see ``DeliveryAttempt``.
    ``disable_endpoint`` says why to disable the endpoint, if so.
    """

    attempt_id: str
    delivery_id: str
    endpoint_id: str
    lease_token: int
    url: str
    started_at: Instant
    duration_ms: int
    verdict: Literal["delivered", "retry", "abandon"]
    reason: str
    next_due_at: Instant | None = None
    disable_endpoint: DisabledReason | None = None
    response_status: int | None = None
    detail: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    response_body_truncated: bool = False


class RecordedAttempt(msgspec.Struct, frozen=True):
    """The delivery as it stands, and the attempt."""

    delivery: WebhookDelivery
    attempt: DeliveryAttempt


def keys(command: RecordAttempt, found: Found) -> Keys:
    """Name the delivery, and the endpoint only where it is to be disabled: the relay needs that row."""
    del found
    rows: tuple[tuple[type[WebhookDelivery | WebhookEndpoint], str], ...] = ((WebhookDelivery, command.delivery_id),)
    if command.disable_endpoint is not None:
        rows = (*rows, (WebhookEndpoint, command.endpoint_id))
    return Keys(rows=rows)


def decide(rows: Rows, command: RecordAttempt, now: Instant) -> Changes | Refusal:
    """Keep the attempt; move the delivery if the lease is still the newest one."""
    delivery = rows.get(WebhookDelivery, command.delivery_id)
    if delivery is None:
        return errors.NOT_FOUND
    late = delivery.lease_token != command.lease_token or delivery.status != "pending"
    counted = replace(delivery, attempt_count=delivery.attempt_count + 1, revision=delivery.revision + 1)
    attempt = _attempt(command, counted, late=late)
    if late:
        return Changes(result=RecordedAttempt(counted, attempt), insert=(attempt,), update=(counted,))
    moved = _moved(counted, command, now)
    changes = Changes(result=RecordedAttempt(moved, attempt), insert=(attempt,), update=(moved,))
    return _with_endpoint_disabled(changes, rows, command, now)


def _attempt(command: RecordAttempt, counted: WebhookDelivery, *, late: bool) -> DeliveryAttempt:
    return DeliveryAttempt(
        id=command.attempt_id,
        delivery_id=counted.id,
        merchant_id=counted.merchant_id,
        number=counted.attempt_count,
        url=command.url,
        started_at=command.started_at,
        duration_ms=command.duration_ms,
        late=late,
        response_status=command.response_status,
        reason=command.reason,
        detail=command.detail,
        response_headers=command.response_headers,
        response_body=command.response_body,
        response_body_truncated=command.response_body_truncated,
    )


def _moved(delivery: WebhookDelivery, command: RecordAttempt, now: Instant) -> WebhookDelivery:
    if command.verdict == "delivered":
        return replace(delivery, status=advance(delivery.status, "succeeded"), completed_at=now)
    failed = replace(delivery, last_failure=command.reason)
    if command.verdict == "retry" and command.next_due_at is not None:
        return replace(failed, due_at=command.next_due_at)
    return replace(failed, status=advance(delivery.status, "failed"), completed_at=now)


def _with_endpoint_disabled(changes: Changes, rows: Rows, command: RecordAttempt, now: Instant) -> Changes:
    if command.disable_endpoint is None:
        return changes
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None or endpoint.status == "disabled":
        return changes
    disabled = disabled_of(endpoint, command.disable_endpoint, now)
    return replace(changes, update=(*changes.update, disabled), events=(endpoint_disabled(disabled),))
