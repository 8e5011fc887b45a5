"""Every event type there is, and what it means; webhook endpoints choose from them."""

from typing import Annotated, Final, Literal

from msgspec import Meta

EVENT_TYPES: Final[dict[str, str]] = {
    "payment.created": "A payment waits for its payer.",
    "payment.processing": "A payment is on its way.",
    "payment.authorized": "A payment's money is held.",
    "payment.partially_captured": "A part of a payment was captured; the rest is still held.",
    "payment.succeeded": "A payment was paid.",
    "payment.failed": "A payment failed for good.",
    "payment.canceled": "A payment was closed, voided, or not captured in time.",
    "payment.expired": "A payment was not paid in time.",
    "refund.created": "A refund was accepted.",
    "refund.succeeded": "A refund reached its payer.",
    "refund.failed": "A refund failed.",
    "refund.returned": "A refund came back.",
    "account.transaction_posted": "An account has new transactions.",
    "webhook_endpoint.disabled": "A webhook endpoint was disabled.",
    "webhook_endpoint.test": "A test, asked for by the endpoint's owner.",
}

EventChoice = Annotated[
    Literal[
        "*",
        "payment.created",
        "payment.processing",
        "payment.authorized",
        "payment.partially_captured",
        "payment.succeeded",
        "payment.failed",
        "payment.canceled",
        "payment.expired",
        "refund.created",
        "refund.succeeded",
        "refund.failed",
        "refund.returned",
        "account.transaction_posted",
        "webhook_endpoint.disabled",
    ],
    Meta(title="EventChoice", description="An event type that an endpoint wants, or `*` for all, later ones too."),
]
