"""Webhook endpoints: the wire structs, how an endpoint is shown, and the operations."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tongbao_platform.api.reading import NOT_FOUND, Listing, ListQuery, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.event_types import EventChoice
from tongbao_platform.api.v1.values import (
    Livemode,
    Metadata,
    Revision,
    Timestamp,
    id_or_none,
    path_id,
)
from tongbao_platform.api.writing import Shown, run
from tongbao_platform.delivery.sign import new_secret
from tongbao_platform.delivery.url_rules import refuse_url
from tongbao_platform.domain.webhook_endpoints import create as create_endpoint
from tongbao_platform.domain.webhook_endpoints import delete as delete_endpoint
from tongbao_platform.domain.webhook_endpoints import get as endpoint_get
from tongbao_platform.domain.webhook_endpoints import list as endpoint_list
from tongbao_platform.domain.webhook_endpoints import rotate_secret as rotate_endpoint_secret
from tongbao_platform.domain.webhook_endpoints import send_test as send_test_event
from tongbao_platform.domain.webhook_endpoints import update as update_endpoint
from tongbao_platform.domain.webhook_endpoints.model import SECRET_PURPOSE
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint as EndpointModel
from tongbao_platform.http.decode import Decoder, refuse_body
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import format_instant
from tongbao_platform.kernel.errors import Refusal

Url = Annotated[
    str, Meta(min_length=1, max_length=2048, description="An https URL that is reachable from the internet.")
]
EventTypes = Annotated[list[EventChoice], Meta(min_length=1, max_length=50, extra_json_schema={"uniqueItems": True})]
Description = Annotated[str, Meta(max_length=256)]
Version = Annotated[
    Literal["2026-11-22"], Meta(title="ApiVersion", description="The version that events are rendered in.")
]
Status = Annotated[Literal["enabled", "disabled"], Meta(title="WebhookEndpointStatus")]


class WebhookEndpointCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook endpoint is created from."""

    url: Url
    event_types: EventTypes
    description: Description | UnsetType = UNSET
    api_version: Version | UnsetType = UNSET
    metadata: Metadata = {}


class WebhookEndpointUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; members that are left out stay as they are."""

    url: Url | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    api_version: Version | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    status: Status | UnsetType = UNSET


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events are sent."""

    id: str
    object: Literal["webhook_endpoint"]
    livemode: Livemode
    revision: Revision
    url: str
    event_types: list[str]
    description: str | None
    api_version: str
    status: Status
    disabled_reason: Annotated[str, Meta(description="A stable word, while disabled.")] | None
    metadata: dict[str, str]
    created_at: Timestamp


class WebhookEndpointWithSecret(WebhookEndpoint, frozen=True, kw_only=True):
    """A webhook endpoint with its new secret, which is shown this once."""

    secret: Annotated[str, Meta(description="`whsec_` and a key in base64, for Standard Webhooks signatures.")]


class WebhookEndpointPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of webhook endpoints, newest first."""

    data: list[WebhookEndpoint]
    has_more: bool
    next_cursor: str | None


class WebhookEndpointQuery(ListQuery, frozen=True, kw_only=True):
    """The list of webhook endpoints is filtered by metadata only."""


def render_endpoint(endpoint: EndpointModel) -> WebhookEndpoint:
    """Show ``endpoint`` to its merchant, without any secret."""
    return WebhookEndpoint(
        id=endpoint.id,
        object="webhook_endpoint",
        livemode=endpoint.livemode,
        revision=endpoint.revision,
        url=endpoint.url,
        event_types=list(endpoint.event_types),
        description=endpoint.description,
        api_version=endpoint.api_version,
        status=endpoint.status,
        disabled_reason=endpoint.disabled_reason,
        metadata=endpoint.metadata,
        created_at=format_instant(endpoint.created_at),
    )


def _with_secret(endpoint: EndpointModel, secret: str) -> WebhookEndpointWithSecret:
    return WebhookEndpointWithSecret(**msgspec.structs.asdict(render_endpoint(endpoint)), secret=secret)


_CREATE: Final = Decoder(WebhookEndpointCreate)
_UPDATE: Final = Decoder(WebhookEndpointUpdate)
_LIST: Final = QueryDecoder(WebhookEndpointQuery, metadata_filter=True)


async def create(exchange: Exchange, services: ApiServices) -> Response:
    """Create a webhook endpoint.

    The answer shows the signing secret, this once; keep it like a password.
    """
    body = _CREATE.decode(exchange.body)
    refusal = body if isinstance(body, Refusal) else refuse_url(body.url, services.address_guard)
    if isinstance(body, Refusal) or refusal is not None:
        return exchange.refuse(refusal or NOT_FOUND)
    caller = exchange.require_caller()
    endpoint_id = services.ids.new("whe")
    secret = new_secret()
    command = create_endpoint.CreateWebhookEndpoint(
        endpoint_id=endpoint_id,
        merchant_id=caller.merchant_id,
        client_id=caller.client_id,
        livemode=caller.livemode,
        url=body.url,
        event_types=tuple(body.event_types),
        description=body.description or None,
        api_version=body.api_version or exchange.api_version,
        metadata=body.metadata,
        secret_sealed=services.vault.seal(SECRET_PURPOSE, endpoint_id, secret.encode("ascii")),
        endpoints_before=await endpoint_list.count_endpoints(services.reader, caller.merchant_id),
    )

    def show(endpoint: EndpointModel) -> Shown:
        return Shown(_with_secret(endpoint, secret), 201, f"/v1/webhook-endpoints/{endpoint.id}")

    return await run(exchange, services, create_endpoint, command, show)


async def list_endpoints(exchange: Exchange, services: ApiServices) -> Response:
    """List webhook endpoints."""
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    merchant_id = exchange.require_caller().merchant_id

    async def fetch(after: Position | None, limit: int) -> list[EndpointModel]:
        return await endpoint_list.list_endpoints(
            services.reader, merchant_id, query.metadata, id_or_none(after), limit
        )

    listing = Listing(fetch, lambda endpoint: (endpoint.id,), render_endpoint)
    return await page(exchange, services, query, listing)


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get a webhook endpoint."""
    merchant_id = exchange.require_caller().merchant_id
    endpoint = await endpoint_get.get(services.reader, merchant_id, exchange.path_values["id"])
    return exchange.refuse(NOT_FOUND) if endpoint is None else found(render_endpoint(endpoint))


async def update(exchange: Exchange, services: ApiServices) -> Response:
    """Update a webhook endpoint.

    Members that are left out stay as they are; `description: null` clears it. Setting `status` switches it off or on.
    """
    body = _UPDATE.decode(exchange.body)
    if isinstance(body, Refusal):
        return exchange.refuse(body)
    refusal = refuse_url(body.url, services.address_guard) if isinstance(body.url, str) else None
    if refusal is not None:
        return exchange.refuse(refusal)
    types = body.event_types
    command = update_endpoint.UpdateWebhookEndpoint(
        endpoint_id=exchange.path_values["id"],
        url=body.url,
        event_types=types if isinstance(types, UnsetType) else tuple(types),
        description=body.description,
        api_version=body.api_version,
        metadata=body.metadata,
        status=body.status,
    )
    return await run(exchange, services, update_endpoint, command, _show)


async def delete(exchange: Exchange, services: ApiServices) -> Response:
    """Delete a webhook endpoint.

    Nothing more is sent to it.
    """
    refusal = refuse_body(exchange.body)
    if refusal is not None:
        return exchange.refuse(refusal)
    command = delete_endpoint.DeleteWebhookEndpoint(endpoint_id=exchange.path_values["id"])
    return await run(exchange, services, delete_endpoint, command, lambda _: Shown(None, 204))


async def rotate_secret(exchange: Exchange, services: ApiServices) -> Response:
    """Rotate a webhook endpoint's secret.

    The answer shows the new one, this once. For a day both sign, so that the receiver can change over.
    """
    refusal = refuse_body(exchange.body)
    if refusal is not None:
        return exchange.refuse(refusal)
    endpoint_id = exchange.path_values["id"]
    secret = new_secret()
    command = rotate_endpoint_secret.RotateWebhookSecret(
        endpoint_id=endpoint_id, secret_sealed=services.vault.seal(SECRET_PURPOSE, endpoint_id, secret.encode("ascii"))
    )
    return await run(
        exchange, services, rotate_endpoint_secret, command, lambda endpoint: Shown(_with_secret(endpoint, secret))
    )


async def send_test(exchange: Exchange, services: ApiServices) -> Response:
    """Send a test event.

    A `webhook_endpoint.test` event goes to this endpoint alone; what came of it stands in its deliveries.
    """
    refusal = refuse_body(exchange.body)
    if refusal is not None:
        return exchange.refuse(refusal)
    command = send_test_event.SendTestEvent(endpoint_id=exchange.path_values["id"])
    return await run(exchange, services, send_test_event, command, _show)


def _show(endpoint: EndpointModel) -> Shown:
    return Shown(render_endpoint(endpoint))


_TAG: Final = "webhook_endpoints"
_ONE: Final = path_id("whe", "webhook endpoint")

OPERATIONS: Final = (
    OperationSpec(
        method="POST",
        path="/v1/webhook-endpoints",
        operation_id="webhook_endpoints.create",
        scope="webhooks:write",
        tag=_TAG,
        handler=create,
        body=WebhookEndpointCreate,
        result=WebhookEndpointWithSecret,
        statuses={201: "The endpoint was created."},
        refusals=("webhook_url_not_allowed", "limit_exceeded"),
        sealed=True,
    ),
    OperationSpec(
        method="GET",
        path="/v1/webhook-endpoints",
        operation_id="webhook_endpoints.list",
        scope="webhooks:read",
        tag=_TAG,
        handler=list_endpoints,
        query=WebhookEndpointQuery,
        metadata_filter=True,
        result=WebhookEndpointPage,
        statuses={200: "A page of webhook endpoints."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/webhook-endpoints/{id}",
        operation_id="webhook_endpoints.get",
        scope="webhooks:read",
        tag=_TAG,
        handler=get,
        path_parameters=_ONE,
        result=WebhookEndpoint,
        statuses={200: "The endpoint."},
    ),
    OperationSpec(
        method="PATCH",
        path="/v1/webhook-endpoints/{id}",
        operation_id="webhook_endpoints.update",
        scope="webhooks:write",
        tag=_TAG,
        handler=update,
        path_parameters=_ONE,
        body=WebhookEndpointUpdate,
        result=WebhookEndpoint,
        statuses={200: "The endpoint as it is now."},
        refusals=("webhook_url_not_allowed",),
    ),
    OperationSpec(
        method="DELETE",
        path="/v1/webhook-endpoints/{id}",
        operation_id="webhook_endpoints.delete",
        scope="webhooks:write",
        tag=_TAG,
        handler=delete,
        path_parameters=_ONE,
        statuses={204: "The endpoint is gone."},
    ),
    OperationSpec(
        method="POST",
        path="/v1/webhook-endpoints/{id}/rotate-secret",
        operation_id="webhook_endpoints.rotate_secret",
        scope="webhooks:write",
        tag=_TAG,
        handler=rotate_secret,
        path_parameters=_ONE,
        result=WebhookEndpointWithSecret,
        statuses={200: "The endpoint with its new secret."},
        sealed=True,
    ),
    OperationSpec(
        method="POST",
        path="/v1/webhook-endpoints/{id}/test",
        operation_id="webhook_endpoints.send_test",
        scope="webhooks:write",
        tag=_TAG,
        handler=send_test,
        path_parameters=_ONE,
        result=WebhookEndpoint,
        statuses={200: "The test event is on its way."},
    ),
)
