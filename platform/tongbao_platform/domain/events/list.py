"""List events: a merchant's, newest first, and those that wait for the relay.

What a merchant missed at one endpoint is read from its deliveries (``webhook_deliveries.catch_up``).
"""

from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.domain.events.store import EventStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.outbox.event import Event


async def list_events(
    reader: Reader, merchant_id: str, wanted: EventFilter, after: str | None, limit: int
) -> list[Event]:
    """Return at most ``limit`` events, on either side of a payment, newest first, behind the id ``after``."""
    return await EventStore(reader, merchant_id).page(wanted, after, limit)


async def list_pending(reader: Reader, limit: int) -> list[Event]:
    """Return the ``limit`` oldest events that have not been fanned out (for the platform itself)."""
    return await EventStore(reader, None).pending(limit)
