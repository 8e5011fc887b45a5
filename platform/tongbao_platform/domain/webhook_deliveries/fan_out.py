"""Fan events out: for each endpoint that wants one, a delivery with the endpoint's next number and its final bytes.

Each event is taken out of the outbox batch of its commit in the same transaction, so that of two relays only one fans
it out; an announced one becomes a stored event here.
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
from tongbao_platform.outbox.event import Event, OutboxBatch


class Rendering(msgspec.Struct, frozen=True):
    """An event as one endpoint would get it: the body is ``before``, the endpoint's next number, ``after``."""

    delivery_id: str
    endpoint_id: str
    before: bytes
    after: bytes


class RenderedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its rendering for each endpoint of its merchants.

    ``batch_id`` is the outbox batch that it waits in; ``made`` is the event itself when it was only announced there.
    """

    id: str
    batch_id: str
    type: str
    livemode: bool
    subject_id: str
    merchant_ids: tuple[str, ...]
    renderings: tuple[Rendering, ...]
    made: Event | None = None


class FanOut(msgspec.Struct, frozen=True):
    """Events to fan out, in the order in which they are to be numbered."""

    events: tuple[RenderedEvent, ...]


class FannedOut(msgspec.Struct, frozen=True):
    """How many of the events were still pending, and how many deliveries they became."""

    events: int
    deliveries: int


def keys(command: FanOut, found: Found) -> Keys:
    """Name the outbox batches and the endpoints."""
    del found
    batch_ids = {event.batch_id for event in command.events}
    endpoint_ids = {rendering.endpoint_id for event in command.events for rendering in event.renderings}
    return Keys(
        rows=(
            *((OutboxBatch, batch_id) for batch_id in sorted(batch_ids)),
            *((WebhookEndpoint, endpoint_id) for endpoint_id in sorted(endpoint_ids)),
        )
    )


def decide(rows: Rows, command: FanOut, now: Instant) -> Changes | Refusal:
    """Address each event that still waits to the endpoints that want it now."""
    outbox = _Outbox(rows)
    made: list[Event] = []
    deliveries: list[WebhookDelivery] = []
    numbered: dict[str, WebhookEndpoint] = {}
    for event in command.events:
        if not outbox.take(event):
            continue  # another relay was first
        if event.made is not None:
            made.append(event.made)
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
    emptied, shortened = outbox.left()
    return Changes(
        result=FannedOut(outbox.taken, len(deliveries)),
        insert=(*made, *deliveries),
        update=(*numbered.values(), *shortened),
        delete=emptied,
    )


class _Outbox:
    """The batches that events are taken out of."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._batches: dict[str, OutboxBatch] = {}
        self._waiting: dict[str, set[str | tuple[str, str]]] = {}
        self.taken = 0

    def take(self, event: RenderedEvent) -> bool:
        """Take ``event`` out of its batch; ``False`` when it waits there no more."""
        waiting = self._of(event.batch_id)
        name = event.id if event.made is None else (event.type, event.subject_id)
        if name not in waiting:
            return False
        waiting.remove(name)
        self.taken += 1
        return True

    def left(self) -> tuple[tuple[OutboxBatch, ...], tuple[OutboxBatch, ...]]:
        """Return the batches that are empty now, and what remains of the others."""
        emptied = tuple(batch for batch in self._batches.values() if not self._waiting[batch.id])
        shortened = tuple(self._rest(batch) for batch in self._batches.values() if self._waiting[batch.id])
        return emptied, shortened

    def _of(self, batch_id: str) -> set[str | tuple[str, str]]:
        if batch_id not in self._waiting:
            batch = self._rows.get(OutboxBatch, batch_id)
            self._waiting[batch_id] = set() if batch is None else _names(batch)
            if batch is not None:
                self._batches[batch_id] = batch
        return self._waiting[batch_id]

    def _rest(self, batch: OutboxBatch) -> OutboxBatch:
        waiting = self._waiting[batch.id]
        return replace(
            batch,
            event_ids=tuple(event_id for event_id in batch.event_ids if event_id in waiting),
            announced=tuple(each for each in batch.announced if (each.type, each.subject_id) in waiting),
        )


def _names(batch: OutboxBatch) -> set[str | tuple[str, str]]:
    return {*batch.event_ids, *((each.type, each.subject_id) for each in batch.announced)}


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
