"""The relay: takes committed events from the outbox, in order, and turns them into deliveries.

Any number of relays may run: the operation locks the outbox batches, and whoever comes second finds the events gone.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from tongbao_platform.delivery.envelope import RenderData, around_seq, render, thin_data
from tongbao_platform.domain.events.list import list_batches, list_by_ids
from tongbao_platform.domain.webhook_deliveries import fan_out
from tongbao_platform.domain.webhook_deliveries.fan_out import FannedOut, FanOut, RenderedEvent, Rendering
from tongbao_platform.domain.webhook_endpoints.list import list_of_merchants
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.subscription import wants
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.outbox.event import Announced, Event, OutboxBatch

# A round takes whole commits, the oldest first, until it has this many events.
MOST_EVENTS: Final = 200
MOST_BATCHES: Final = 50
# Deliveries of one transaction: it holds the endpoints' rows and shares the writer with payments.
MOST_RENDERINGS: Final = 500
_CONTEXT: Final = Context(actor="webhook-relay")

_log = logging.getLogger(__name__)


class RelayParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay works with; ``render_data`` is the API's renderer of an event's subject.

    ``livemode`` is said by the events that the relay makes of announcements.
    """

    committer: Committer
    reader: Reader
    ids: IdSource
    render_data: RenderData
    livemode: bool


class _Waiting(NamedTuple):
    """An event and the outbox batch that it waits in; ``made`` when it was only announced there."""

    event: Event
    batch_id: str
    made: bool


class Relay:
    """Fans out what is pending."""

    def __init__(self, parts: RelayParts) -> None:
        self._parts = parts

    async def relay_once(self) -> int:
        """Fan out the oldest events that wait, about ``MOST_EVENTS``; return how many this relay did.

        The events are read before the endpoints: an endpoint that is missed was created after them.
        """
        waiting = await self._waiting()
        if not waiting:
            return 0
        merchant_ids = {merchant_id for each in waiting for merchant_id in _merchant_ids(each.event)}
        endpoints = await list_of_merchants(self._parts.reader, merchant_ids)
        done = 0
        for command in _portions(self._rendered(waiting, endpoints)):
            outcome = await self._parts.committer.run(fan_out, command, _CONTEXT)
            if isinstance(outcome.result, FannedOut):
                done += outcome.result.events
        return done

    async def _waiting(self) -> "list[_Waiting]":
        batches = _oldest(await list_batches(self._parts.reader, MOST_BATCHES))
        stored = await list_by_ids(self._parts.reader, [event_id for batch in batches for event_id in batch.event_ids])
        event_ids = self._parts.ids.series("evt")
        return [
            waiting
            for batch in batches
            for waiting in (
                *(_Waiting(stored[event_id], batch.id, made=False) for event_id in batch.event_ids),
                *(_Waiting(self._made(next(event_ids), batch, each), batch.id, made=True) for each in batch.announced),
            )
        ]

    def _made(self, event_id: str, batch: OutboxBatch, announced: Announced) -> Event:
        return Event(
            id=event_id,
            type=announced.type,
            livemode=self._parts.livemode,
            occurred_at=batch.occurred_at,
            subject_type=announced.subject_type,
            subject_id=announced.subject_id,
            revision=announced.revision,
            merchant_id=announced.merchant_id,
            other_merchant_id=None,
            traceparent=None,
            snapshot=b'{"id":"%s"}' % announced.subject_id.encode(),
        )

    def _rendered(
        self, waiting: "Sequence[_Waiting]", endpoints: Mapping[str, Sequence[WebhookEndpoint]]
    ) -> Iterator[RenderedEvent]:
        delivery_ids = self._parts.ids.series("dlv")
        for event, batch_id, made in waiting:
            merchant_ids = _merchant_ids(event)
            # The filter is applied again under the lock; here it saves the rendering.
            wanting = [
                endpoint
                for merchant_id in merchant_ids
                for endpoint in endpoints.get(merchant_id, ())
                if wants(endpoint, event.type, event.subject_id)
            ]
            yield RenderedEvent(
                id=event.id,
                batch_id=batch_id,
                type=event.type,
                livemode=event.livemode,
                subject_id=event.subject_id,
                merchant_ids=merchant_ids,
                renderings=tuple(
                    Rendering(next(delivery_ids), endpoint.id, *self._body(event, endpoint)) for endpoint in wanting
                ),
                made=event if made else None,
            )

    def _body(self, event: Event, endpoint: WebhookEndpoint) -> tuple[bytes, bytes]:
        try:
            data = render(event, endpoint.merchant_id, endpoint.api_version, self._parts.render_data)
        except Exception:  # noqa: BLE001 - one event that cannot be shown must not hold up all others, nor be lost
            _log.exception("event %s cannot be rendered for version %s", event.id, endpoint.api_version)
            data = thin_data(event)
        return around_seq(event, endpoint.api_version, data)


def _oldest(batches: Sequence[OutboxBatch]) -> list[OutboxBatch]:
    chosen: list[OutboxBatch] = []
    events = 0
    for batch in batches:
        if events >= MOST_EVENTS:
            break
        chosen.append(batch)
        events += len(batch.event_ids) + len(batch.announced)
    return chosen


def _merchant_ids(event: Event) -> tuple[str, ...]:
    other = event.other_merchant_id
    return (event.merchant_id,) if other is None or other == event.merchant_id else (event.merchant_id, other)


def _portions(events: Iterator[RenderedEvent]) -> Iterator[FanOut]:
    portion: list[RenderedEvent] = []
    renderings = 0
    for event in events:
        if portion and renderings + len(event.renderings) > MOST_RENDERINGS:
            yield FanOut(tuple(portion))
            portion, renderings = [], 0
        portion.append(event)
        renderings += len(event.renderings)
    if portion:
        yield FanOut(tuple(portion))
