"""Webhook deliveries: the wire structs, how a delivery is shown, and the operations."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import NOT_FOUND, Listing, ListQuery, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.values import (
    Livemode,
    Revision,
    Timestamp,
    id_or_none,
    id_pattern,
    path_id,
    shown,
)
from tongbao_platform.domain.webhook_deliveries import get as delivery_get
from tongbao_platform.domain.webhook_deliveries import list as delivery_list
from tongbao_platform.domain.webhook_deliveries.filters import DeliveryFilter
from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery as DeliveryModel
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import format_instant
from tongbao_platform.kernel.errors import Refusal

Status = Annotated[Literal["pending", "succeeded", "failed", "canceled"], Meta(title="WebhookDeliveryStatus")]
EndpointId = Annotated[str, Meta(pattern=id_pattern("whe"))]
EventId = Annotated[str, Meta(pattern=id_pattern("evt"))]


class WebhookAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to deliver, and what came back."""

    number: int
    url: str
    started_at: Timestamp
    duration_ms: int
    response_status: int | None
    reason: Annotated[str, Meta(description="A stable word: http_200, http_500, dns, connect, deadline, …")]
    detail: str
    response_body: Annotated[str, Meta(description="The first 16 KiB; what is not UTF-8 is replaced.")]
    response_body_truncated: bool
    late: Annotated[bool, Meta(description="Ended after the delivery had been taken up again; it changed nothing.")]


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint."""

    id: str
    object: Literal["webhook_delivery"]
    livemode: Livemode
    revision: Revision
    status: Status
    endpoint_id: str
    event_id: str
    event_type: str
    seq: Annotated[int, Meta(description="Counts the endpoint's events without gaps.")]
    attempt_count: int
    last_failure: str | None
    next_attempt_at: Timestamp | None
    completed_at: Timestamp | None
    attempts: Annotated[list[WebhookAttempt], Meta(description="The last one first.")]
    metadata: dict[str, str]
    created_at: Timestamp


class WebhookDeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of webhook deliveries, newest first."""

    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: str | None


class WebhookDeliveryQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of the list of webhook deliveries."""

    endpoint_id: EndpointId | None = None
    event_id: EventId | None = None
    status: Status | None = None


def render_delivery(delivery: DeliveryModel, attempts: Sequence[DeliveryAttempt]) -> WebhookDelivery:
    """Show ``delivery`` to its merchant; ``attempts`` are in their order, first to last."""
    return WebhookDelivery(
        id=delivery.id,
        object="webhook_delivery",
        livemode=delivery.livemode,
        revision=delivery.revision,
        status=delivery.status,
        endpoint_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        seq=delivery.seq,
        attempt_count=delivery.attempt_count,
        last_failure=delivery.last_failure,
        next_attempt_at=format_instant(delivery.due_at) if delivery.status == "pending" else None,
        completed_at=shown(delivery.completed_at),
        attempts=[_attempt(attempt) for attempt in reversed(attempts)],
        metadata={},
        created_at=format_instant(delivery.created_at),
    )


def _attempt(attempt: DeliveryAttempt) -> WebhookAttempt:
    return WebhookAttempt(
        number=attempt.number,
        url=attempt.url,
        started_at=format_instant(attempt.started_at),
        duration_ms=attempt.duration_ms,
        response_status=attempt.response_status,
        reason=attempt.reason,
        detail=attempt.detail,
        response_body=attempt.response_body.decode("utf-8", "replace"),
        response_body_truncated=attempt.response_body_truncated,
        late=attempt.late,
    )


_LIST: Final = QueryDecoder(WebhookDeliveryQuery)


async def list_deliveries(exchange: Exchange, services: ApiServices) -> Response:
    """List webhook deliveries.

    Newest first, with their attempts. Filter by endpoint, event and status.
    """
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    merchant_id = exchange.require_caller().merchant_id
    values = query.values
    wanted = DeliveryFilter(endpoint_id=values.endpoint_id, event_id=values.event_id, status=values.status)

    attempts: dict[str, list[DeliveryAttempt]] = {}

    async def fetch(after: Position | None, limit: int) -> list[DeliveryModel]:
        deliveries = await delivery_list.list_deliveries(services.reader, merchant_id, wanted, id_or_none(after), limit)
        ids = [delivery.id for delivery in deliveries]
        attempts.update(await delivery_get.get_attempts(services.reader, merchant_id, ids))
        return deliveries

    listing = Listing(
        fetch,
        lambda delivery: (delivery.id,),
        lambda delivery: render_delivery(delivery, attempts.get(delivery.id, ())),
    )
    return await page(exchange, services, query, listing)


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get a webhook delivery.

    With every attempt and what the receiver answered.
    """
    merchant_id, delivery_id = exchange.require_caller().merchant_id, exchange.path_values["id"]
    delivery = await delivery_get.get(services.reader, merchant_id, delivery_id)
    if delivery is None:
        return exchange.refuse(NOT_FOUND)
    attempts = await delivery_get.get_attempts(services.reader, merchant_id, (delivery_id,))
    return found(render_delivery(delivery, attempts.get(delivery_id, ())))


OPERATIONS: Final = (
    OperationSpec(
        method="GET",
        path="/v1/webhook-deliveries",
        operation_id="webhook_deliveries.list",
        scope="webhooks:read",
        tag="webhook_deliveries",
        handler=list_deliveries,
        query=WebhookDeliveryQuery,
        result=WebhookDeliveryPage,
        statuses={200: "A page of webhook deliveries."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/webhook-deliveries/{id}",
        operation_id="webhook_deliveries.get",
        scope="webhooks:read",
        tag="webhook_deliveries",
        handler=get,
        path_parameters=path_id("dlv", "webhook delivery"),
        result=WebhookDelivery,
        statuses={200: "The webhook delivery."},
    ),
)
