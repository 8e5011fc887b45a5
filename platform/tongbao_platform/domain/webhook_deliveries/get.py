"""Read one delivery, and the attempts of some. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from collections.abc import Collection

from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.store import DeliveryStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, tenant: str | None, delivery_id: str) -> WebhookDelivery | None:
    """Return the delivery; ``None`` for strangers and unknown ids."""
    return await DeliveryStore(reader, tenant).get(delivery_id)


async def get_attempts(
    reader: Reader, tenant: str | None, delivery_ids: Collection[str]
) -> dict[str, list[DeliveryAttempt]]:
    """Return the attempts of each delivery that has any, first to last; none for strangers and unknown ids."""
    by_delivery: dict[str, list[DeliveryAttempt]] = {}
    for attempt in await DeliveryStore(reader, tenant).attempts(delivery_ids):
        by_delivery.setdefault(attempt.delivery_id, []).append(attempt)
    return by_delivery
