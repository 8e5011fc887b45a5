"""How payments are stored, and every query for them."""

from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select, tuple_, union_all

from tongbao_platform.domain.payments.filters import PaymentFilter, PaymentPosition
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.tables import PAYMENTS as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.json_member import json_member
from tongbao_platform.storage.rowset import RowSet

PAYMENTS: Final = RowSet(
    Payment,
    TABLE,
    # What was ordered never changes: neither its memory nor its evidence may be rewritten.
    mutable=(
        "revision",
        "status",
        "amount_captured_minor",
        "amount_refunded_minor",
        "refund_reserved_minor",
        "refund_count",
        "fee_minor",
        "fee_returned_minor",
        "refund_status",
        "split_status",
        "dispute_status",
        "settlement_status",
        "late",
        "last_error",
        "attempts",
        "payer_customer_id",
        "payer_account_id",
        "payer_masked",
        "succeeded_at",
        "capture_before",
        "captures",
    ),
    tenants=lambda payment: (payment.merchant_id, payment.payer_merchant_id),
)


class PaymentStore:
    """Payments within the reach of ``tenant`` (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, tenant: str | None) -> None:
        self._reader = reader
        self._tenant = tenant

    async def get(self, payment_id: str) -> Payment | None:
        """Return one payment that the tenant received or made."""
        statement = select(TABLE).where(TABLE.c.id == payment_id)
        if self._tenant is not None:
            statement = statement.where(
                or_(TABLE.c.merchant_id == self._tenant, TABLE.c.payer_merchant_id == self._tenant)
            )
        return await self._first(statement)

    async def by_order_no(self, merchant_order_no: str) -> Payment | None:
        """Return the payment that the tenant created under its number."""
        return await self._first(
            select(TABLE).where(
                TABLE.c.creator_merchant_id == self._tenant, TABLE.c.merchant_order_no == merchant_order_no
            )
        )

    async def due(self, now: Instant, limit: int) -> list[str]:
        """Return ids of payments that wait for their payer although their time is over."""
        statement = (
            select(TABLE.c.id)
            .where(TABLE.c.status == "requires_action", TABLE.c.expires_at <= now)
            .order_by(TABLE.c.expires_at)
            .limit(limit)
        )
        return [str(row[0]) for row in await self._reader.rows(statement)]

    async def holds_due(self, now: Instant, limit: int) -> list[str]:
        """Return ids of authorized payments whose time to be captured is over, the longest due first."""
        statement = (
            select(TABLE.c.id)
            .where(TABLE.c.status == "authorized", TABLE.c.capture_before <= now)
            .order_by(TABLE.c.capture_before)
            .limit(limit)
        )
        return [str(row[0]) for row in await self._reader.rows(statement)]

    async def page(self, wanted: PaymentFilter, after: PaymentPosition | None, limit: int) -> list[Payment]:
        """Return a page of the tenant's payments, newest first."""
        conditions = self._conditions(wanted, after)
        # Each side is one short walk along its own index; an OR of both would read and sort everything.
        sides = union_all(
            *(
                self._side(owner == self._tenant, conditions, limit).subquery().select()
                for owner in (TABLE.c.merchant_id, TABLE.c.payer_merchant_id)
            )
        ).subquery()
        statement = (
            select(TABLE)
            .where(TABLE.c.id.in_(select(sides.c.id)))
            .order_by(TABLE.c.created_at.desc(), TABLE.c.id.desc())
            .limit(limit)
        )
        return await self._reader.models(PAYMENTS, statement)

    def _side(
        self, owner: ColumnElement[bool], conditions: list[ColumnElement[bool]], limit: int
    ) -> Select[tuple[str]]:
        return (
            select(TABLE.c.id)
            .where(owner, *conditions)
            .order_by(TABLE.c.created_at.desc(), TABLE.c.id.desc())
            .limit(limit)
        )

    def _conditions(self, wanted: PaymentFilter, after: PaymentPosition | None) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if after is not None:
            conditions.append(tuple_(TABLE.c.created_at, TABLE.c.id) < tuple_(after.created_at, after.id))
        if wanted.status is not None:
            conditions.append(TABLE.c.status == wanted.status)
        if wanted.created_from is not None:
            conditions.append(TABLE.c.created_at >= wanted.created_from)
        if wanted.created_to is not None:
            conditions.append(TABLE.c.created_at < wanted.created_to)
        if wanted.merchant_order_no is not None:
            conditions.append(TABLE.c.merchant_order_no == wanted.merchant_order_no)
        conditions += [json_member(TABLE.c.metadata, key) == value for key, value in wanted.metadata]
        if wanted.merchant_order_no is not None or wanted.metadata:
            conditions.append(TABLE.c.creator_merchant_id == self._tenant)
        return conditions

    async def _first(self, statement: Select[tuple[object, ...]]) -> Payment | None:
        found = await self._reader.models(PAYMENTS, statement)
        return found[0] if found else None
