"""Every query for events. Their table belongs to the outbox."""

from sqlalchemy import ColumnElement, or_, select, union_all

from tongbao_platform.domain.events.filters import EventFilter
from tongbao_platform.execution.reading import Reader
from tongbao_platform.outbox.event import Event
from tongbao_platform.outbox.store import EVENTS
from tongbao_platform.outbox.tables import EVENTS as TABLE
from tongbao_platform.outbox.tables import PENDING as PENDING_TABLE


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

    async def pending(self, limit: int) -> list[Event]:
        """Return the oldest events that no relay has fanned out."""
        statement = (
            select(TABLE)
            .join(PENDING_TABLE, PENDING_TABLE.c.id == TABLE.c.id)
            .order_by(PENDING_TABLE.c.id)
            .limit(limit)
        )
        return await self._reader.models(EVENTS, statement)


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
