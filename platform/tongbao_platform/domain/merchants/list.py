"""List merchants, for operators, oldest first."""

from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.merchants.store import MerchantStore
from tongbao_platform.execution.reading import Reader


async def list_merchants(reader: Reader, after_id: str | None, limit: int) -> list[Merchant]:
    """Return at most ``limit`` merchants whose ids come behind ``after_id``."""
    return await MerchantStore(reader).page(after_id, limit)
