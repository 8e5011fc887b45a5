"""Read one delivery with its attempts. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.store import DeliveryStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, tenant: str | None, delivery_id: str) -> WebhookDelivery | None:
    """Return the delivery; ``None`` for strangers and unknown ids."""
    return await DeliveryStore(reader, tenant).get(delivery_id)


async def get_attempts(reader: Reader, tenant: str | None, delivery_id: str) -> list[DeliveryAttempt]:
    """Return the delivery's attempts, first to last; none for strangers and unknown ids."""
    return await DeliveryStore(reader, tenant).attempts(delivery_id)
