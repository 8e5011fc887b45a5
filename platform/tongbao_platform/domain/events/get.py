"""Read one event. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from tongbao_platform.domain.events.store import EventStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.outbox.event import Event


async def get(reader: Reader, tenant: str | None, event_id: str) -> Event | None:
    """Return the event, to either of the merchants it tells; ``None`` for strangers and unknown ids."""
    return await EventStore(reader, tenant).get(event_id)
