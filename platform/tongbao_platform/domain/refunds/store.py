"""How refunds are stored, and every query for them."""

from typing import Final

from sqlalchemy import ColumnElement, Select, select, tuple_

from tongbao_platform.domain.refunds.filters import RefundFilter, RefundPosition
from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.domain.refunds.tables import REFUNDS as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.storage.json_member import json_member
from tongbao_platform.storage.rowset import RowSet

REFUNDS: Final = RowSet(
    Refund,
    TABLE,
    mutable=("revision", "status", "fee_returned_minor", "to_account_id", "last_error", "succeeded_at"),
    tenants=lambda refund: (refund.merchant_id,),
)


class RefundStore:
    """Refunds within the reach of ``tenant`` (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, tenant: str | None) -> None:
        self._reader = reader
        self._tenant = tenant

    async def get(self, refund_id: str) -> Refund | None:
        """Return one refund."""
        statement = select(TABLE).where(TABLE.c.id == refund_id)
        if self._tenant is not None:
            statement = statement.where(TABLE.c.merchant_id == self._tenant)
        return await self._first(statement)

    async def by_refund_no(self, merchant_refund_no: str) -> Refund | None:
        """Return the refund that the tenant made under its number."""
        return await self._first(
            select(TABLE).where(TABLE.c.merchant_id == self._tenant, TABLE.c.merchant_refund_no == merchant_refund_no)
        )

    async def page(self, wanted: RefundFilter, after: RefundPosition | None, limit: int) -> list[Refund]:
        """Return a page of the tenant's refunds, newest first."""
        statement = (
            select(TABLE)
            .where(TABLE.c.merchant_id == self._tenant, *self._conditions(wanted, after))
            .order_by(TABLE.c.created_at.desc(), TABLE.c.id.desc())
            .limit(limit)
        )
        return await self._reader.models(REFUNDS, statement)

    def _conditions(self, wanted: RefundFilter, after: RefundPosition | None) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if after is not None:
            conditions.append(tuple_(TABLE.c.created_at, TABLE.c.id) < tuple_(after.created_at, after.id))
        if wanted.status is not None:
            conditions.append(TABLE.c.status == wanted.status)
        if wanted.created_from is not None:
            conditions.append(TABLE.c.created_at >= wanted.created_from)
        if wanted.created_to is not None:
            conditions.append(TABLE.c.created_at < wanted.created_to)
        if wanted.payment_id is not None:
            conditions.append(TABLE.c.payment_id == wanted.payment_id)
        if wanted.merchant_refund_no is not None:
            conditions.append(TABLE.c.merchant_refund_no == wanted.merchant_refund_no)
        conditions += [json_member(TABLE.c.metadata, key) == value for key, value in wanted.metadata]
        return conditions

    async def _first(self, statement: Select[tuple[object, ...]]) -> Refund | None:
        found = await self._reader.models(REFUNDS, statement)
        return found[0] if found else None
