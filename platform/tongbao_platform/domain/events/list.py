"""List events: a merchant's, newest first, and what waits for the relay.

What a merchant missed at one endpoint is read from its deliveries (``webhook_deliveries.catch_up``).
"""

from collections.abc import Sequence

from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.domain.events.store import EventStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.outbox.event import Event, OutboxBatch


async def list_events(
    reader: Reader, merchant_id: str, wanted: EventFilter, after: str | None, limit: int
) -> list[Event]:
    """Return at most ``limit`` events, on either side of a payment, newest first, behind the id ``after``."""
    return await EventStore(reader, merchant_id).page(wanted, after, limit)


async def list_batches(reader: Reader, limit: int) -> list[OutboxBatch]:
    """Return the ``limit`` oldest commits that have not been fanned out (for the platform itself)."""
    return await EventStore(reader, None).batches(limit)


async def list_by_ids(reader: Reader, event_ids: Sequence[str]) -> dict[str, Event]:
    """Return these events by id (for the platform itself)."""
    return await EventStore(reader, None).by_ids(event_ids) if event_ids else {}
