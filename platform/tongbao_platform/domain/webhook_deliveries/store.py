"""How deliveries and attempts are stored, and every query for them."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, select

from tongbao_platform.domain.webhook_deliveries.filters import DeliveryFilter
from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, DeliveryProgress, WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.tables import ATTEMPTS as ATTEMPT_TABLE
from tongbao_platform.domain.webhook_deliveries.tables import DELIVERIES as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import WriteSession

WEBHOOK_DELIVERIES: Final = RowSet(
    WebhookDelivery,
    TABLE,
    # Neither the body nor the lease: the first never changes, the second is the session's.
    mutable=("revision", "status", "due_at", "attempt_count", "last_failure", "completed_at"),
    tenants=lambda delivery: (delivery.merchant_id,),
)
DELIVERY_ATTEMPTS: Final = RowSet(
    DeliveryAttempt, ATTEMPT_TABLE, mutable=(), tenants=lambda attempt: (attempt.merchant_id,)
)


class DeliveryStore:
    """Deliveries within the reach of ``tenant`` (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, tenant: str | None) -> None:
        self._reader = reader
        self._tenant = tenant

    async def get(self, delivery_id: str) -> WebhookDelivery | None:
        """Return one delivery."""
        statement = select(TABLE).where(TABLE.c.id == delivery_id)
        if self._tenant is not None:
            statement = statement.where(TABLE.c.merchant_id == self._tenant)
        found = await self._reader.models(WEBHOOK_DELIVERIES, statement)
        return found[0] if found else None

    async def attempts(self, delivery_ids: Collection[str]) -> list[DeliveryAttempt]:
        """Return the attempts of some deliveries, of each first to last."""
        statement = select(ATTEMPT_TABLE).where(ATTEMPT_TABLE.c.delivery_id.in_(sorted(delivery_ids)))
        if self._tenant is not None:
            statement = statement.where(ATTEMPT_TABLE.c.merchant_id == self._tenant)
        statement = statement.order_by(ATTEMPT_TABLE.c.delivery_id, ATTEMPT_TABLE.c.number)
        return await self._reader.models(DELIVERY_ATTEMPTS, statement)

    async def page(self, wanted: DeliveryFilter, after: str | None, limit: int) -> list[WebhookDelivery]:
        """Return a page of the tenant's deliveries, newest first."""
        statement = select(TABLE).where(TABLE.c.merchant_id == self._tenant).order_by(TABLE.c.id.desc()).limit(limit)
        return await self._reader.models(WEBHOOK_DELIVERIES, statement.where(*_conditions(wanted, after)))

    async def progress(self, event_ids: Collection[str]) -> list[DeliveryProgress]:
        """Return how far the tenant's deliveries of some events are, the first made first."""
        columns = [TABLE.c[field] for field in DeliveryProgress.__struct_fields__]
        statement = select(*columns).where(TABLE.c.event_id.in_(sorted(event_ids))).order_by(TABLE.c.id)
        if self._tenant is not None:
            statement = statement.where(TABLE.c.merchant_id == self._tenant)
        rows = await self._reader.rows(statement)
        return [DeliveryProgress(**dict(zip(DeliveryProgress.__struct_fields__, row, strict=True))) for row in rows]

    async def after_seq(self, endpoint_id: str, seq: int, limit: int) -> list[WebhookDelivery]:
        """Return the first sendings to the tenant's endpoint whose number is above ``seq``, in their order."""
        statement = (
            select(TABLE)
            .where(TABLE.c.endpoint_id == endpoint_id, TABLE.c.seq > seq, TABLE.c.replay_no == 0)
            .order_by(TABLE.c.seq)
            .limit(limit)
        )
        if self._tenant is not None:
            statement = statement.where(TABLE.c.merchant_id == self._tenant)
        return await self._reader.models(WEBHOOK_DELIVERIES, statement)


def _conditions(wanted: DeliveryFilter, after: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if after is not None:
        conditions.append(TABLE.c.id < after)
    if wanted.endpoint_id is not None:
        conditions.append(TABLE.c.endpoint_id == wanted.endpoint_id)
    if wanted.event_id is not None:
        conditions.append(TABLE.c.event_id == wanted.event_id)
    if wanted.status is not None:
        conditions.append(TABLE.c.status == wanted.status)
    if wanted.created_from is not None:
        conditions.append(TABLE.c.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        conditions.append(TABLE.c.created_at < wanted.created_to)
    return conditions


class LeaseDue:
    """A worker's job: take up to ``limit`` due deliveries and hide them until ``until``."""

    def __init__(self, now: Instant, until: Instant, limit: int) -> None:
        self._now = now
        self._until = until
        self._limit = limit

    async def __call__(self, session: WriteSession) -> list[WebhookDelivery]:
        """Return the taken rows, oldest first."""
        taken = await session.lease(WEBHOOK_DELIVERIES, self._now, self._until, self._limit)
        return sorted(taken, key=lambda delivery: delivery.id)
