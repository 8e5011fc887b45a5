"""Events: the wire structs, how an event is shown, and the operations."""

import asyncio
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import NOT_FOUND, Listing, ListQuery, Page, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.api.v1.values import (
    Livemode,
    Revision,
    Timestamp,
    TimestampInput,
    id_or_none,
    id_pattern,
    instant_or_none,
    path_id,
)
from tongbao_platform.domain.events import get as event_get
from tongbao_platform.domain.events import list as event_list
from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.domain.webhook_deliveries.catch_up import catch_up
from tongbao_platform.domain.webhook_endpoints import get as endpoint_get
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import format_instant
from tongbao_platform.kernel.errors import FieldError, Refusal
from tongbao_platform.outbox.event import Event as EventModel

MAX_SEQ: Final = 2**53 - 1

EventData = Annotated[msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/EventData"})]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `data` is the object as it stood then, or its id only."""

    id: str
    type: Annotated[str, Meta(description="payment.succeeded and the like: the list grows.")]
    timestamp: Timestamp
    livemode: Livemode
    api_version: str
    seq: Annotated[int, Meta(description="The endpoint's number for it, where an endpoint was asked for.")] | None
    revision: Revision
    data: EventData


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first; an endpoint's events after a `seq` come oldest first."""

    data: list[Event]
    has_more: bool
    next_cursor: str | None


class EventQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of the list of events."""

    type: Annotated[str, Meta(max_length=64, description="Only events of this type.")] | None = None
    object_id: Annotated[str, Meta(max_length=40, description="Only events about this object.")] | None = None
    occurred_from: Annotated[TimestampInput, Meta(description="Occurred at or after this time.")] | None = None
    occurred_to: Annotated[TimestampInput, Meta(description="Occurred before this time.")] | None = None
    endpoint_id: (
        Annotated[
            str,
            Meta(pattern=id_pattern("whe"), description="Only this endpoint's, as they were sent; needs after_seq."),
        ]
        | None
    ) = None
    after_seq: (
        Annotated[int, Meta(ge=0, le=MAX_SEQ, description="Only events with a greater seq; needs endpoint_id.")] | None
    ) = None
    wait_seconds: Annotated[int, Meta(ge=0, le=30, description="How long to wait for the first such event.")] = 0


def render_event(event: EventModel, viewer: str, api_version: str) -> Event:
    """Show ``event`` to the merchant ``viewer``."""
    return Event(
        id=event.id,
        type=event.type,
        timestamp=format_instant(event.occurred_at),
        livemode=event.livemode,
        api_version=api_version,
        seq=None,
        revision=event.revision,
        data=msgspec.Raw(render_snapshot(event, viewer, api_version)),
    )


_LIST: Final = QueryDecoder(EventQuery)
_POLL_EVERY_MS: Final = 500
_ENDPOINT_ALONE: Final = Refusal(
    code="invalid_parameter",
    detail="endpoint_id and after_seq belong together, and with limit and wait_seconds only.",
    errors=(FieldError("query:after_seq", "not_allowed", "Give endpoint_id and after_seq, and no other filter."),),
)


async def list_events(exchange: Exchange, services: ApiServices) -> Response:
    """List events.

    Newest first, everything that the caller may see. With `endpoint_id` and `after_seq` it is the way to catch up on
    missed webhooks: the endpoint's events oldest first, exactly as they were sent; `wait_seconds` waits for the next.
    """
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    values = query.values
    if values.endpoint_id is not None or values.after_seq is not None:
        return await _of_endpoint(exchange, services, values)
    viewer = exchange.require_caller().merchant_id
    wanted = EventFilter(
        type=values.type,
        subject_id=values.object_id,
        occurred_from=instant_or_none(values.occurred_from),
        occurred_to=instant_or_none(values.occurred_to),
    )

    async def fetch(after: Position | None, limit: int) -> list[EventModel]:
        return await event_list.list_events(services.reader, viewer, wanted, id_or_none(after), limit)

    listing = Listing(
        fetch,
        lambda event: (event.id,),
        lambda event: render_event(event, viewer, exchange.api_version),
    )
    return await page(exchange, services, query, listing)


async def _of_endpoint(exchange: Exchange, services: ApiServices, asked: EventQuery) -> Response:
    others = (asked.type, asked.object_id, asked.occurred_from, asked.occurred_to, asked.cursor)
    if asked.endpoint_id is None or asked.after_seq is None or any(other is not None for other in others):
        return exchange.refuse(_ENDPOINT_ALONE)
    merchant_id = exchange.require_caller().merchant_id
    if await endpoint_get.get(services.reader, merchant_id, asked.endpoint_id) is None:
        return exchange.refuse(NOT_FOUND)
    place = (merchant_id, asked.endpoint_id, asked.after_seq)
    deliveries = await catch_up(services.reader, *place, asked.limit + 1)
    waited_ms = 0
    while not deliveries and waited_ms < asked.wait_seconds * 1_000:
        await asyncio.sleep(_POLL_EVERY_MS / 1_000)
        waited_ms += _POLL_EVERY_MS
        deliveries = await catch_up(services.reader, *place, asked.limit + 1)
    data = [msgspec.Raw(delivery.body) for delivery in deliveries[: asked.limit]]
    return found(Page(data, len(deliveries) > asked.limit, None))


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get an event."""
    viewer = exchange.require_caller().merchant_id
    event = await event_get.get(services.reader, viewer, exchange.path_values["id"])
    return exchange.refuse(NOT_FOUND) if event is None else found(render_event(event, viewer, exchange.api_version))


OPERATIONS: Final = (
    OperationSpec(
        method="GET",
        path="/v1/events",
        operation_id="events.list",
        scope="events:read",
        tag="events",
        handler=list_events,
        query=EventQuery,
        result=EventPage,
        statuses={200: "A page of events."},
        refusals=("not_found",),
    ),
    OperationSpec(
        method="GET",
        path="/v1/events/{id}",
        operation_id="events.get",
        scope="events:read",
        tag="events",
        handler=get,
        path_parameters=path_id("evt", "event"),
        result=Event,
        statuses={200: "The event."},
    ),
)
