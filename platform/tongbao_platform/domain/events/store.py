"""Every query for events. Their table belongs to the outbox."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, union_all

from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.execution.reading import Reader
from tongbao_platform.outbox.event import Event, OutboxBatch
from tongbao_platform.outbox.store import BATCHES, EVENTS
from tongbao_platform.outbox.tables import BATCHES as BATCH_TABLE
from tongbao_platform.outbox.tables import EVENTS as TABLE


class EventStore:
    """Events within the reach of ``tenant`` (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, tenant: str | None) -> None:
        self._reader = reader
        self._tenant = tenant

    async def get(self, event_id: str) -> Event | None:
        """Return one event that the tenant is told of."""
        statement = select(TABLE).where(TABLE.c.id == event_id)
        if self._tenant is not None:
            statement = statement.where(
                or_(TABLE.c.merchant_id == self._tenant, TABLE.c.other_merchant_id == self._tenant)
            )
        found = await self._reader.models(EVENTS, statement)
        return found[0] if found else None

    async def page(self, wanted: EventFilter, after: str | None, limit: int) -> list[Event]:
        """Return a page of the tenant's events, newest first."""
        conditions = _conditions(wanted, after)
        # Each side is one short walk along its own index; an OR of both would read and sort everything.
        sides = union_all(
            *(
                select(TABLE.c.id)
                .where(owner == self._tenant, *conditions)
                .order_by(TABLE.c.id.desc())
                .limit(limit)
                .subquery()
                .select()
                for owner in (TABLE.c.merchant_id, TABLE.c.other_merchant_id)
            )
        ).subquery()
        statement = select(TABLE).where(TABLE.c.id.in_(select(sides.c.id))).order_by(TABLE.c.id.desc()).limit(limit)
        return await self._reader.models(EVENTS, statement)

    async def batches(self, limit: int) -> list[OutboxBatch]:
        """Return the oldest commits of which something has not been fanned out."""
        return await self._reader.models(BATCHES, select(BATCH_TABLE).order_by(BATCH_TABLE.c.id).limit(limit))

    async def by_ids(self, event_ids: Sequence[str]) -> dict[str, Event]:
        """Return these events by id."""
        found = await self._reader.models(EVENTS, select(TABLE).where(TABLE.c.id.in_(event_ids)))
        return {event.id: event for event in found}


def _conditions(wanted: EventFilter, after: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if after is not None:
        conditions.append(TABLE.c.id < after)
    if wanted.type is not None:
        conditions.append(TABLE.c.type == wanted.type)
    if wanted.subject_id is not None:
        conditions.append(TABLE.c.subject_id == wanted.subject_id)
    if wanted.occurred_from is not None:
        conditions.append(TABLE.c.occurred_at >= wanted.occurred_from)
    if wanted.occurred_to is not None:
        conditions.append(TABLE.c.occurred_at < wanted.occurred_to)
    return conditions
