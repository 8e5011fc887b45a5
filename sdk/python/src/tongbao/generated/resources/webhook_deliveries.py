# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `webhook_deliveries`."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal, Unpack

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_LIST: Final = Operation(
    operation_id="webhook_deliveries.list",
    method="GET",
    path="/v1/webhook-deliveries",
)

_GET: Final = Operation(
    operation_id="webhook_deliveries.get",
    method="GET",
    path="/v1/webhook-deliveries/{id}",
)


class WebhookDeliveries(Resource):
    """Operations of `webhook_deliveries`."""

    @cached_property
    def with_raw_response(self) -> WebhookDeliveriesWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return WebhookDeliveriesWithRawResponse(WebhookDeliveries(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        endpoint_id: str | UnsetType = UNSET,
        event_id: str | UnsetType = UNSET,
        status: models.WebhookDeliveryStatus
        | Literal["canceled", "failed", "pending", "succeeded"]
        | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.WebhookDelivery]:
        """List webhook deliveries.

        Newest first, with their attempts. Filter by endpoint, event and status.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "endpoint_id": endpoint_id,
                "event_id": event_id,
                "status": status,
            },
            options=options,
        )
        return self._list(call, models.WebhookDeliveryPage)

    def get(
        self,
        webhook_delivery_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookDelivery:
        """Get a webhook delivery.

        With every attempt and what the receiver answered.

        ``webhook_delivery_id``: The id of the webhook delivery.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": webhook_delivery_id},
            options=options,
        )
        return self._perform(call, models.WebhookDelivery)


class WebhookDeliveriesWithRawResponse:
    """The operations of WebhookDeliveries, giving a RawResponse."""

    def __init__(self, resource: WebhookDeliveries) -> None:
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)


class AsyncWebhookDeliveries(AsyncResource):
    """Operations of `webhook_deliveries`."""

    @cached_property
    def with_raw_response(self) -> AsyncWebhookDeliveriesWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncWebhookDeliveriesWithRawResponse(AsyncWebhookDeliveries(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        endpoint_id: str | UnsetType = UNSET,
        event_id: str | UnsetType = UNSET,
        status: models.WebhookDeliveryStatus
        | Literal["canceled", "failed", "pending", "succeeded"]
        | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.WebhookDelivery]:
        """List webhook deliveries.

        Newest first, with their attempts. Filter by endpoint, event and status.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "endpoint_id": endpoint_id,
                "event_id": event_id,
                "status": status,
            },
            options=options,
        )
        return self._list(call, models.WebhookDeliveryPage)

    async def get(
        self,
        webhook_delivery_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookDelivery:
        """Get a webhook delivery.

        With every attempt and what the receiver answered.

        ``webhook_delivery_id``: The id of the webhook delivery.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": webhook_delivery_id},
            options=options,
        )
        return await self._perform(call, models.WebhookDelivery)


class AsyncWebhookDeliveriesWithRawResponse:
    """The operations of AsyncWebhookDeliveries, giving a RawResponse."""

    def __init__(self, resource: AsyncWebhookDeliveries) -> None:
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
