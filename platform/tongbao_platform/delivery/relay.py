"""The relay: takes committed events from the outbox, in order, and turns them into deliveries.

Any number of relays may run: the operation locks the pending rows, and whoever comes second finds them gone.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from tongbao_platform.delivery.envelope import RenderData, around_seq, render, thin_data
from tongbao_platform.domain.events.list import list_pending
from tongbao_platform.domain.webhook_deliveries import fan_out
from tongbao_platform.domain.webhook_deliveries.fan_out import FannedOut, FanOut, RenderedEvent, Rendering
from tongbao_platform.domain.webhook_endpoints.list import list_of_merchants
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.subscription import wants
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.outbox.event import Event

MOST_EVENTS: Final = 200
# Deliveries of one transaction: it holds the endpoints' rows and shares the writer with payments.
MOST_RENDERINGS: Final = 500
_CONTEXT: Final = Context(actor="webhook-relay")

_log = logging.getLogger(__name__)


class RelayParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay works with; ``render_data`` is the API's renderer of an event's subject."""

    committer: Committer
    reader: Reader
    ids: IdSource
    render_data: RenderData


class Relay:
    """Fans out what is pending."""

    def __init__(self, parts: RelayParts) -> None:
        self._parts = parts

    async def relay_once(self) -> int:
        """Fan out the oldest pending events, at most ``MOST_EVENTS``; return how many this relay did.

        The events are read before the endpoints: an endpoint that is missed was created after them.
        """
        events = await list_pending(self._parts.reader, MOST_EVENTS)
        if not events:
            return 0
        merchant_ids = {merchant_id for event in events for merchant_id in _merchant_ids(event)}
        endpoints = await list_of_merchants(self._parts.reader, merchant_ids)
        done = 0
        for command in _portions(self._rendered(events, endpoints)):
            outcome = await self._parts.committer.run(fan_out, command, _CONTEXT)
            if isinstance(outcome.result, FannedOut):
                done += outcome.result.events
        return done

    def _rendered(
        self, events: Sequence[Event], endpoints: Mapping[str, Sequence[WebhookEndpoint]]
    ) -> Iterator[RenderedEvent]:
        delivery_ids = self._parts.ids.series("dlv")
        for event in events:
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
                type=event.type,
                livemode=event.livemode,
                subject_id=event.subject_id,
                merchant_ids=merchant_ids,
                renderings=tuple(
                    Rendering(next(delivery_ids), endpoint.id, *self._body(event, endpoint)) for endpoint in wanting
                ),
            )

    def _body(self, event: Event, endpoint: WebhookEndpoint) -> tuple[bytes, bytes]:
        try:
            data = render(event, endpoint.merchant_id, endpoint.api_version, self._parts.render_data)
        except Exception:  # noqa: BLE001 - one event that cannot be shown must not hold up all others, nor be lost
            _log.exception("event %s cannot be rendered for version %s", event.id, endpoint.api_version)
            data = thin_data(event)
        return around_seq(event, endpoint.api_version, data)


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
