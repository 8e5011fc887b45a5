"""The webhooks section: one entry per event type, each with the body that a receiver gets."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from tongbao_platform.api.document.schemas import REF, Schema
from tongbao_platform.api.v1.payments_wire import Payment
from tongbao_platform.api.v1.refunds import Refund
from tongbao_platform.api.v1.values import Livemode, Revision, Timestamp


class ThinObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object by its id only: fetch it to learn more."""

    id: str
    object: str


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

EVENTS: Final[dict[str, tuple[type[Any], str]]] = {
    "payment.created": (PaymentEvent, "A payment waits for its payer."),
    "payment.processing": (PaymentEvent, "A payment is on its way."),
    "payment.authorized": (PaymentEvent, "A payment's money is held."),
    "payment.succeeded": (PaymentEvent, "A payment was paid."),
    "payment.failed": (PaymentEvent, "A payment failed for good."),
    "payment.canceled": (PaymentEvent, "A payment was closed."),
    "payment.expired": (PaymentEvent, "A payment was not paid in time."),
    "refund.created": (RefundEvent, "A refund was accepted."),
    "refund.succeeded": (RefundEvent, "A refund reached its payer."),
    "refund.failed": (RefundEvent, "A refund failed."),
    "refund.returned": (RefundEvent, "A refund came back."),
    "account.transaction_posted": (ThinEvent, "An account has new transactions."),
    "webhook_endpoint.disabled": (ThinEvent, "A webhook endpoint was disabled."),
}


def webhooks() -> dict[str, Schema]:
    """Return the section."""
    return {name: {"post": _entry(name, struct, text)} for name, (struct, text) in EVENTS.items()}


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
