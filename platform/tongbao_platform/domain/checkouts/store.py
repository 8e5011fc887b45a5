"""How checkouts are stored, and every query for them."""

from typing import Final

from sqlalchemy import select

from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.checkouts.tables import CHECKOUTS as TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.storage.rowset import RowSet

CHECKOUTS: Final = RowSet(
    Checkout, TABLE, mutable=("customer_id", "claimed_at"), tenants=lambda checkout: (checkout.merchant_id,)
)


class CheckoutStore:
    """Checkouts, for the bank's own pages: whoever has the token may open the page."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def by_token(self, token_hash: bytes) -> Checkout | None:
        """Return the checkout whose token has this SHA-256."""
        found = await self._reader.models(CHECKOUTS, select(TABLE).where(TABLE.c.token_hash == token_hash))
        return found[0] if found else None
