"""List a merchant's deliveries, newest first."""

from tongbao_platform.domain.webhook_deliveries.filters import DeliveryFilter
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.store import DeliveryStore
from tongbao_platform.execution.reading import Reader


async def list_deliveries(
    reader: Reader, merchant_id: str, wanted: DeliveryFilter, after: str | None, limit: int
) -> list[WebhookDelivery]:
    """Return at most ``limit`` deliveries behind the id ``after``."""
    return await DeliveryStore(reader, merchant_id).page(wanted, after, limit)
