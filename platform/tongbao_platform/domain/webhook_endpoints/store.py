"""How webhook endpoints are stored, and every query for them."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.tables import ENDPOINTS as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.storage.json_member import json_member
from tongbao_platform.storage.rowset import RowSet

WEBHOOK_ENDPOINTS: Final = RowSet(
    WebhookEndpoint,
    TABLE,
    mutable=(
        "revision",
        "status",
        "url",
        "event_types",
        "description",
        "api_version",
        "metadata",
        "secret_sealed",
        "last_seq",
        "disabled_reason",
        "disabled_at",
        "previous_secret_sealed",
        "previous_secret_expires_at",
    ),
    tenants=lambda endpoint: (endpoint.merchant_id,),
)


class EndpointStore:
    """Webhook endpoints within the reach of ``tenant`` (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, tenant: str | None) -> None:
        self._reader = reader
        self._tenant = tenant

    async def get(self, endpoint_id: str) -> WebhookEndpoint | None:
        """Return one endpoint."""
        found = await self.by_ids((endpoint_id,))
        return found[0] if found else None

    async def by_ids(self, endpoint_ids: Collection[str]) -> list[WebhookEndpoint]:
        """Return those of ``endpoint_ids`` that exist."""
        statement = select(TABLE).where(TABLE.c.id.in_(sorted(endpoint_ids)))
        if self._tenant is not None:
            statement = statement.where(TABLE.c.merchant_id == self._tenant)
        return await self._reader.models(WEBHOOK_ENDPOINTS, statement)

    async def of_merchants(self, merchant_ids: Collection[str]) -> list[WebhookEndpoint]:
        """Return every endpoint of some merchants, oldest first."""
        statement = select(TABLE).where(TABLE.c.merchant_id.in_(sorted(merchant_ids))).order_by(TABLE.c.id)
        return await self._reader.models(WEBHOOK_ENDPOINTS, statement)

    async def page(self, metadata: tuple[tuple[str, str], ...], after: str | None, limit: int) -> list[WebhookEndpoint]:
        """Return a page of the tenant's endpoints, newest first."""
        statement = select(TABLE).where(TABLE.c.merchant_id == self._tenant).order_by(TABLE.c.id.desc()).limit(limit)
        statement = statement.where(*(json_member(TABLE.c.metadata, key) == value for key, value in metadata))
        if after is not None:
            statement = statement.where(TABLE.c.id < after)
        return await self._reader.models(WEBHOOK_ENDPOINTS, statement)

    async def count(self) -> int:
        """Return how many endpoints the tenant has."""
        rows = await self._reader.rows(
            select(func.count()).select_from(TABLE).where(TABLE.c.merchant_id == self._tenant)
        )
        return int(rows[0][0])
