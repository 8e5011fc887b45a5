"""Fan events out: for each endpoint that wants one, a delivery with the endpoint's next number and its final bytes.

The pending row of an event is deleted in the same transaction, so that of two relays only one fans it out.
"""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.states import advance
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.subscription import wants
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.outbox.event import PendingEvent


class Rendering(msgspec.Struct, frozen=True):
    """An event as one endpoint would get it: the body is ``before``, the endpoint's next number, ``after``."""

    delivery_id: str
    endpoint_id: str
    before: bytes
    after: bytes


class RenderedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its rendering for each endpoint of its merchants."""

    id: str
    type: str
    livemode: bool
    subject_id: str
    merchant_ids: tuple[str, ...]
    renderings: tuple[Rendering, ...]


class FanOut(msgspec.Struct, frozen=True):
    """Events to fan out, in the order in which they are to be numbered."""

    events: tuple[RenderedEvent, ...]


class FannedOut(msgspec.Struct, frozen=True):
    """How many of the events were still pending, and how many deliveries they became."""

    events: int
    deliveries: int


def keys(command: FanOut, found: Found) -> Keys:
    """Name the pending rows and the endpoints."""
    del found
    pending = [(PendingEvent, event.id) for event in command.events]
    endpoint_ids = {rendering.endpoint_id for event in command.events for rendering in event.renderings}
    return Keys(rows=(*pending, *((WebhookEndpoint, endpoint_id) for endpoint_id in sorted(endpoint_ids))))


def decide(rows: Rows, command: FanOut, now: Instant) -> Changes | Refusal:
    """Address each event that is still pending to the endpoints that want it now."""
    done: list[PendingEvent] = []
    deliveries: list[WebhookDelivery] = []
    numbered: dict[str, WebhookEndpoint] = {}
    for event in command.events:
        pending = rows.get(PendingEvent, event.id)
        if pending is None:
            continue  # another relay was first
        done.append(pending)
        for rendering in event.renderings:
            endpoint = numbered.get(rendering.endpoint_id) or rows.get(WebhookEndpoint, rendering.endpoint_id)
            if (
                endpoint is None
                or endpoint.merchant_id not in event.merchant_ids
                or not wants(endpoint, event.type, event.subject_id)
            ):
                continue
            endpoint = replace(endpoint, last_seq=endpoint.last_seq + 1)
            numbered[endpoint.id] = endpoint
            deliveries.append(_delivery(event, rendering, endpoint, now))
    return Changes(
        result=FannedOut(len(done), len(deliveries)),
        insert=tuple(deliveries),
        update=tuple(numbered.values()),
        delete=tuple(done),
    )


def _delivery(event: RenderedEvent, rendering: Rendering, endpoint: WebhookEndpoint, now: Instant) -> WebhookDelivery:
    return WebhookDelivery(
        id=rendering.delivery_id,
        livemode=event.livemode,
        revision=1,
        status=advance(None, "pending"),
        merchant_id=endpoint.merchant_id,
        endpoint_id=endpoint.id,
        event_id=event.id,
        event_type=event.type,
        seq=endpoint.last_seq,
        body=b"%s%d%s" % (rendering.before, endpoint.last_seq, rendering.after),
        due_at=now,
        created_at=now,
    )
