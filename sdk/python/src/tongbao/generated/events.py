# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""What webhooks bring."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from tongbao._event import EventBase, UnknownEvent
from tongbao.generated import models

WebhookEvent: TypeAlias = models.PaymentEvent | models.RefundEvent | models.ThinEvent | UnknownEvent
# By the event's type.
EVENTS: Final[Mapping[str, type[EventBase]]] = {
    "account.transaction_posted": models.ThinEvent,
    "payment.authorized": models.PaymentEvent,
    "payment.canceled": models.PaymentEvent,
    "payment.created": models.PaymentEvent,
    "payment.expired": models.PaymentEvent,
    "payment.failed": models.PaymentEvent,
    "payment.partially_captured": models.PaymentEvent,
    "payment.processing": models.PaymentEvent,
    "payment.succeeded": models.PaymentEvent,
    "refund.created": models.RefundEvent,
    "refund.failed": models.RefundEvent,
    "refund.returned": models.RefundEvent,
    "refund.succeeded": models.RefundEvent,
    "webhook_endpoint.disabled": models.ThinEvent,
    "webhook_endpoint.test": models.ThinEvent,
}
