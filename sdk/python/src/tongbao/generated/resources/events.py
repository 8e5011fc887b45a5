# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `events`."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Final, Unpack

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_LIST: Final = Operation(
    operation_id="events.list",
    method="GET",
    path="/v1/events",
)

_GET: Final = Operation(
    operation_id="events.get",
    method="GET",
    path="/v1/events/{id}",
)


class Events(Resource):
    """Operations of `events`."""

    @cached_property
    def with_raw_response(self) -> EventsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return EventsWithRawResponse(Events(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        type: str | UnsetType = UNSET,
        object_id: str | UnsetType = UNSET,
        occurred_from: datetime | str | UnsetType = UNSET,
        occurred_to: datetime | str | UnsetType = UNSET,
        endpoint_id: str | UnsetType = UNSET,
        after_seq: int | UnsetType = UNSET,
        wait_seconds: int | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.Event]:
        """List events.

        Newest first, everything that the caller may see. With `endpoint_id` and `after_seq` it is the way to catch
        up on missed webhooks: the endpoint's events oldest first, exactly as they were sent; `wait_seconds` waits
        for the next.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``type``: Only events of this type; ``object_id``: Only events about this object;
        ``occurred_from``: Occurred at or after this time; ``occurred_to``: Occurred before this time;
        ``endpoint_id``: Only this endpoint's, as they were sent; needs after_seq; ``after_seq``: Only events with a
        greater seq; needs endpoint_id; ``wait_seconds``: How long to wait for the first such event.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type,
                "object_id": object_id,
                "occurred_from": occurred_from,
                "occurred_to": occurred_to,
                "endpoint_id": endpoint_id,
                "after_seq": after_seq,
                "wait_seconds": wait_seconds,
            },
            options=options,
        )
        return self._list(call, models.EventPage)

    def get(
        self,
        event_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Event:
        """Get an event.

        ``event_id``: The id of the event.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": event_id},
            options=options,
        )
        return self._perform(call, models.Event)


class EventsWithRawResponse:
    """The operations of Events, giving a RawResponse."""

    def __init__(self, resource: Events) -> None:
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)


class AsyncEvents(AsyncResource):
    """Operations of `events`."""

    @cached_property
    def with_raw_response(self) -> AsyncEventsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncEventsWithRawResponse(AsyncEvents(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        type: str | UnsetType = UNSET,
        object_id: str | UnsetType = UNSET,
        occurred_from: datetime | str | UnsetType = UNSET,
        occurred_to: datetime | str | UnsetType = UNSET,
        endpoint_id: str | UnsetType = UNSET,
        after_seq: int | UnsetType = UNSET,
        wait_seconds: int | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.Event]:
        """List events.

        Newest first, everything that the caller may see. With `endpoint_id` and `after_seq` it is the way to catch
        up on missed webhooks: the endpoint's events oldest first, exactly as they were sent; `wait_seconds` waits
        for the next.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``type``: Only events of this type; ``object_id``: Only events about this object;
        ``occurred_from``: Occurred at or after this time; ``occurred_to``: Occurred before this time;
        ``endpoint_id``: Only this endpoint's, as they were sent; needs after_seq; ``after_seq``: Only events with a
        greater seq; needs endpoint_id; ``wait_seconds``: How long to wait for the first such event.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type,
                "object_id": object_id,
                "occurred_from": occurred_from,
                "occurred_to": occurred_to,
                "endpoint_id": endpoint_id,
                "after_seq": after_seq,
                "wait_seconds": wait_seconds,
            },
            options=options,
        )
        return self._list(call, models.EventPage)

    async def get(
        self,
        event_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Event:
        """Get an event.

        ``event_id``: The id of the event.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": event_id},
            options=options,
        )
        return await self._perform(call, models.Event)


class AsyncEventsWithRawResponse:
    """The operations of AsyncEvents, giving a RawResponse."""

    def __init__(self, resource: AsyncEvents) -> None:
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
