"""How far the deliveries of some events are, to one merchant's endpoints."""

from collections.abc import Collection

from tongbao_platform.domain.webhook_deliveries.model import DeliveryProgress
from tongbao_platform.domain.webhook_deliveries.store import DeliveryStore
from tongbao_platform.execution.reading import Reader


async def progress_of(reader: Reader, merchant_id: str, event_ids: Collection[str]) -> list[DeliveryProgress]:
    """Return the deliveries of these events to the merchant's endpoints, the first made first."""
    return await DeliveryStore(reader, merchant_id).progress(event_ids)
