"""Read one merchant."""

from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.merchants.store import MerchantStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, merchant_id: str) -> Merchant | None:
    """Return the merchant as the database has it; ``None`` for unknown ids."""
    return await MerchantStore(reader).get(merchant_id)
