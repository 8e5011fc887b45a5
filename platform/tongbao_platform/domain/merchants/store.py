"""How merchants are stored, and every query for them."""

from typing import Final

from sqlalchemy import select

from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.merchants.tables import MERCHANTS as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.storage.rowset import RowSet

MERCHANTS: Final = RowSet(Merchant, TABLE, tenants=lambda merchant: (merchant.id,), cached=True)


class MerchantStore:
    """All merchants, for the platform itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def get(self, merchant_id: str) -> Merchant | None:
        """Return one merchant."""
        found = await self._reader.models(MERCHANTS, select(TABLE).where(TABLE.c.id == merchant_id))
        return found[0] if found else None

    async def page(self, after_id: str | None, limit: int) -> list[Merchant]:
        """Return at most ``limit`` merchants behind ``after_id``, oldest first."""
        statement = select(TABLE).order_by(TABLE.c.id).limit(limit)
        if after_id is not None:
            statement = statement.where(TABLE.c.id > after_id)
        return await self._reader.models(MERCHANTS, statement)
