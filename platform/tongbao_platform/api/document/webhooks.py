"""The webhooks section: one entry per event type, each with the body that a receiver gets."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from tongbao_platform.api.document.schemas import REF, Schema
from tongbao_platform.api.v1.event_types import EVENT_TYPES
from tongbao_platform.api.v1.payments_wire import Payment
from tongbao_platform.api.v1.refunds import Refund
from tongbao_platform.api.v1.snapshots import ThinObject
from tongbao_platform.api.v1.values import Livemode, Revision, Timestamp


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a payment."""

    id: str
    type: str
    timestamp: Timestamp
    livemode: Livemode
    api_version: str
    seq: Annotated[int, Meta(ge=1, description="Counts this endpoint's events without gaps.")]
    revision: Revision
    data: Payment


class RefundEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a refund."""

    id: str
    type: str
    timestamp: Timestamp
    livemode: Livemode
    api_version: str
    seq: Annotated[int, Meta(ge=1, description="Counts this endpoint's events without gaps.")]
    revision: Revision
    data: Refund


class ThinEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to an object whose data is not pushed."""

    id: str
    type: str
    timestamp: Timestamp
    livemode: Livemode
    api_version: str
    seq: Annotated[int, Meta(ge=1, description="Counts this endpoint's events without gaps.")]
    revision: Revision
    data: ThinObject


WEBHOOK_TYPES: Final[tuple[type[Any], ...]] = (PaymentEvent, RefundEvent, ThinEvent)


def _body_of(event_type: str) -> type[Any]:
    return {"payment": PaymentEvent, "refund": RefundEvent}.get(event_type.partition(".")[0], ThinEvent)


def event_data_schema() -> Schema:
    """Return the union of what an event may tell of, told apart by `object`; open for what later releases bring.

    ``anyOf``, because whatever has an id and a kind is a thin object too.
    """
    whole = {"payment": "Payment", "refund": "Refund"}
    thin = {"account": "ThinObject", "webhook_endpoint": "ThinObject"}
    mapping = {name: REF + schema for name, schema in sorted((whole | thin).items())}
    refs = [{"$ref": ref} for ref in dict.fromkeys(sorted(mapping.values()))]
    return {"anyOf": refs, "discriminator": {"propertyName": "object", "mapping": mapping}}


def webhooks() -> dict[str, Schema]:
    """Return the section."""
    return {name: {"post": _entry(name, _body_of(name), text)} for name, text in EVENT_TYPES.items()}


def _entry(name: str, struct: type[Any], text: str) -> Schema:
    signed = (
        ("webhook-id", "The event's id; the same on every retry."),
        ("webhook-timestamp", "Seconds since 1970; refuse what is older than five minutes."),
        ("webhook-signature", "Standard Webhooks: `v1,` and an HMAC-SHA256 in base64; several during a rotation."),
    )
    return {
        "summary": text.removesuffix("."),
        "operationId": f"events.{name}",
        "tags": ["events"],
        "security": [],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": what, "schema": {"type": "string"}}
            for header, what in signed
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF + struct.__name__}}},
        },
        "responses": {
            "2XX": {"description": "Received. Anything else, a redirect too, is tried again."},
            "410": {"description": "Gone: the endpoint is disabled."},
        },
    }
