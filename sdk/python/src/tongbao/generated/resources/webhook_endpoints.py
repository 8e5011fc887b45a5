# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `webhook_endpoints`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, Literal, Unpack

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions, RequestOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_CREATE: Final = Operation(
    operation_id="webhook_endpoints.create",
    method="POST",
    path="/v1/webhook-endpoints",
    idempotent=True,
    has_body=True,
)

_LIST: Final = Operation(
    operation_id="webhook_endpoints.list",
    method="GET",
    path="/v1/webhook-endpoints",
)

_GET: Final = Operation(
    operation_id="webhook_endpoints.get",
    method="GET",
    path="/v1/webhook-endpoints/{id}",
)

_DELETE: Final = Operation(
    operation_id="webhook_endpoints.delete",
    method="DELETE",
    path="/v1/webhook-endpoints/{id}",
    resolve_with="webhook_endpoints.get",
    resolve_argument="id",
)

_ROTATE_SECRET: Final = Operation(
    operation_id="webhook_endpoints.rotate_secret",
    method="POST",
    path="/v1/webhook-endpoints/{id}/rotate-secret",
    idempotent=True,
    resolve_with="webhook_endpoints.get",
    resolve_argument="id",
)

_SEND_TEST: Final = Operation(
    operation_id="webhook_endpoints.send_test",
    method="POST",
    path="/v1/webhook-endpoints/{id}/test",
    idempotent=True,
    resolve_with="webhook_endpoints.get",
    resolve_argument="id",
)

_UPDATE: Final = Operation(
    operation_id="webhook_endpoints.update",
    method="PATCH",
    path="/v1/webhook-endpoints/{id}",
    has_body=True,
    resolve_with="webhook_endpoints.get",
    resolve_argument="id",
)


class WebhookEndpoints(Resource):
    """Operations of `webhook_endpoints`."""

    @cached_property
    def with_raw_response(self) -> WebhookEndpointsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return WebhookEndpointsWithRawResponse(WebhookEndpoints(self._link, raw=True))

    def create(
        self,
        *,
        url: str,
        event_types: Sequence[
            models.EventChoice
            | Literal[
                "*",
                "account.transaction_posted",
                "payment.authorized",
                "payment.canceled",
                "payment.created",
                "payment.expired",
                "payment.failed",
                "payment.partially_captured",
                "payment.processing",
                "payment.succeeded",
                "refund.created",
                "refund.failed",
                "refund.returned",
                "refund.succeeded",
                "webhook_endpoint.disabled",
            ]
        ],
        description: str | UnsetType = UNSET,
        endpoint_api_version: models.ApiVersion | Literal["2026-11-22"] | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpointWithSecret:
        """Create a webhook endpoint.

        The answer shows the signing secret, this once; keep it like a password.

        ``url``: An https URL that is reachable from the internet; ``metadata``: The caller's own notes: up to 50
        keys, each value up to 500 code points.

        Error codes: idempotency_in_progress, idempotency_key_reused, limit_exceeded, unknown_field,
        validation_failed, webhook_url_not_allowed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "url": url,
                "event_types": event_types,
                "description": description,
                "api_version": endpoint_api_version,
                "metadata": metadata,
            },
            options=options,
        )
        return self._perform(call, models.WebhookEndpointWithSecret)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.WebhookEndpoint]:
        """List webhook endpoints.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``metadata``: Only objects whose metadata has these values: `metadata.cart=9`.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={"limit": limit, "cursor": cursor, "metadata": metadata},
            options=options,
        )
        return self._list(call, models.WebhookEndpointPage)

    def get(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookEndpoint:
        """Get a webhook endpoint.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return self._perform(call, models.WebhookEndpoint)

    def delete(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[ReadOptions],
    ) -> None:
        """Delete a webhook endpoint.

        Nothing more is sent to it.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_DELETE,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        self._perform(call, type(None))

    def rotate_secret(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpointWithSecret:
        """Rotate a webhook endpoint's secret.

        The answer shows the new one, this once. For a day both sign, so that the receiver can change over.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, idempotency_in_progress, idempotency_key_reused, unknown_field, validation_failed.
        """
        call = Call(
            operation=_ROTATE_SECRET,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return self._perform(call, models.WebhookEndpointWithSecret)

    def send_test(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpoint:
        """Send a test event.

        A `webhook_endpoint.test` event goes to this endpoint alone; what came of it stands in its deliveries.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, idempotency_in_progress, idempotency_key_reused, unknown_field, validation_failed.
        """
        call = Call(
            operation=_SEND_TEST,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return self._perform(call, models.WebhookEndpoint)

    def update(
        self,
        webhook_endpoint_id: str,
        *,
        url: str | UnsetType = UNSET,
        event_types: Sequence[
            models.EventChoice
            | Literal[
                "*",
                "account.transaction_posted",
                "payment.authorized",
                "payment.canceled",
                "payment.created",
                "payment.expired",
                "payment.failed",
                "payment.partially_captured",
                "payment.processing",
                "payment.succeeded",
                "refund.created",
                "refund.failed",
                "refund.returned",
                "refund.succeeded",
                "webhook_endpoint.disabled",
            ]
        ]
        | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        endpoint_api_version: models.ApiVersion | Literal["2026-11-22"] | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        status: models.WebhookEndpointStatus | Literal["disabled", "enabled"] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookEndpoint:
        """Update a webhook endpoint.

        Members that are left out stay as they are; `description: null` clears it. Setting `status` switches it off
        or on.

        ``webhook_endpoint_id``: The id of the webhook endpoint; ``url``: An https URL that is reachable from the
        internet; ``metadata``: The caller's own notes: up to 50 keys, each value up to 500 code points.

        Error codes: not_found, unknown_field, validation_failed, webhook_url_not_allowed.
        """
        call = Call(
            operation=_UPDATE,
            path_values={"id": webhook_endpoint_id},
            body={
                "url": url,
                "event_types": event_types,
                "description": description,
                "api_version": endpoint_api_version,
                "metadata": metadata,
                "status": status,
            },
            options=options,
        )
        return self._perform(call, models.WebhookEndpoint)


class WebhookEndpointsWithRawResponse:
    """The operations of WebhookEndpoints, giving a RawResponse."""

    def __init__(self, resource: WebhookEndpoints) -> None:
        self.create = as_raw(resource.create)
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)
        self.delete = as_raw(resource.delete)
        self.rotate_secret = as_raw(resource.rotate_secret)
        self.send_test = as_raw(resource.send_test)
        self.update = as_raw(resource.update)


class AsyncWebhookEndpoints(AsyncResource):
    """Operations of `webhook_endpoints`."""

    @cached_property
    def with_raw_response(self) -> AsyncWebhookEndpointsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncWebhookEndpointsWithRawResponse(AsyncWebhookEndpoints(self._link, raw=True))

    async def create(
        self,
        *,
        url: str,
        event_types: Sequence[
            models.EventChoice
            | Literal[
                "*",
                "account.transaction_posted",
                "payment.authorized",
                "payment.canceled",
                "payment.created",
                "payment.expired",
                "payment.failed",
                "payment.partially_captured",
                "payment.processing",
                "payment.succeeded",
                "refund.created",
                "refund.failed",
                "refund.returned",
                "refund.succeeded",
                "webhook_endpoint.disabled",
            ]
        ],
        description: str | UnsetType = UNSET,
        endpoint_api_version: models.ApiVersion | Literal["2026-11-22"] | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpointWithSecret:
        """Create a webhook endpoint.

        The answer shows the signing secret, this once; keep it like a password.

        ``url``: An https URL that is reachable from the internet; ``metadata``: The caller's own notes: up to 50
        keys, each value up to 500 code points.

        Error codes: idempotency_in_progress, idempotency_key_reused, limit_exceeded, unknown_field,
        validation_failed, webhook_url_not_allowed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "url": url,
                "event_types": event_types,
                "description": description,
                "api_version": endpoint_api_version,
                "metadata": metadata,
            },
            options=options,
        )
        return await self._perform(call, models.WebhookEndpointWithSecret)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.WebhookEndpoint]:
        """List webhook endpoints.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``metadata``: Only objects whose metadata has these values: `metadata.cart=9`.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={"limit": limit, "cursor": cursor, "metadata": metadata},
            options=options,
        )
        return self._list(call, models.WebhookEndpointPage)

    async def get(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookEndpoint:
        """Get a webhook endpoint.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return await self._perform(call, models.WebhookEndpoint)

    async def delete(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[ReadOptions],
    ) -> None:
        """Delete a webhook endpoint.

        Nothing more is sent to it.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_DELETE,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        await self._perform(call, type(None))

    async def rotate_secret(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpointWithSecret:
        """Rotate a webhook endpoint's secret.

        The answer shows the new one, this once. For a day both sign, so that the receiver can change over.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, idempotency_in_progress, idempotency_key_reused, unknown_field, validation_failed.
        """
        call = Call(
            operation=_ROTATE_SECRET,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return await self._perform(call, models.WebhookEndpointWithSecret)

    async def send_test(
        self,
        webhook_endpoint_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.WebhookEndpoint:
        """Send a test event.

        A `webhook_endpoint.test` event goes to this endpoint alone; what came of it stands in its deliveries.

        ``webhook_endpoint_id``: The id of the webhook endpoint.

        Error codes: not_found, idempotency_in_progress, idempotency_key_reused, unknown_field, validation_failed.
        """
        call = Call(
            operation=_SEND_TEST,
            path_values={"id": webhook_endpoint_id},
            options=options,
        )
        return await self._perform(call, models.WebhookEndpoint)

    async def update(
        self,
        webhook_endpoint_id: str,
        *,
        url: str | UnsetType = UNSET,
        event_types: Sequence[
            models.EventChoice
            | Literal[
                "*",
                "account.transaction_posted",
                "payment.authorized",
                "payment.canceled",
                "payment.created",
                "payment.expired",
                "payment.failed",
                "payment.partially_captured",
                "payment.processing",
                "payment.succeeded",
                "refund.created",
                "refund.failed",
                "refund.returned",
                "refund.succeeded",
                "webhook_endpoint.disabled",
            ]
        ]
        | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        endpoint_api_version: models.ApiVersion | Literal["2026-11-22"] | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        status: models.WebhookEndpointStatus | Literal["disabled", "enabled"] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> models.WebhookEndpoint:
        """Update a webhook endpoint.

        Members that are left out stay as they are; `description: null` clears it. Setting `status` switches it off
        or on.

        ``webhook_endpoint_id``: The id of the webhook endpoint; ``url``: An https URL that is reachable from the
        internet; ``metadata``: The caller's own notes: up to 50 keys, each value up to 500 code points.

        Error codes: not_found, unknown_field, validation_failed, webhook_url_not_allowed.
        """
        call = Call(
            operation=_UPDATE,
            path_values={"id": webhook_endpoint_id},
            body={
                "url": url,
                "event_types": event_types,
                "description": description,
                "api_version": endpoint_api_version,
                "metadata": metadata,
                "status": status,
            },
            options=options,
        )
        return await self._perform(call, models.WebhookEndpoint)


class AsyncWebhookEndpointsWithRawResponse:
    """The operations of AsyncWebhookEndpoints, giving a RawResponse."""

    def __init__(self, resource: AsyncWebhookEndpoints) -> None:
        self.create = as_async_raw(resource.create)
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
        self.delete = as_async_raw(resource.delete)
        self.rotate_secret = as_async_raw(resource.rotate_secret)
        self.send_test = as_async_raw(resource.send_test)
        self.update = as_async_raw(resource.update)
