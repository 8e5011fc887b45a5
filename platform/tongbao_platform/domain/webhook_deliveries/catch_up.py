"""Read what one endpoint was or will be sent, in its own order: how a receiver fills the gaps it sees."""

from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.store import DeliveryStore
from tongbao_platform.execution.reading import Reader


async def catch_up(
    reader: Reader, merchant_id: str, endpoint_id: str, after_seq: int, limit: int
) -> list[WebhookDelivery]:
    """Return at most ``limit`` deliveries of the merchant's endpoint with ``seq`` above ``after_seq``, rising.

    Their ``body`` holds the bytes that the endpoint receives. Whatever their status: this is the record, not the queue.
    """
    return await DeliveryStore(reader, merchant_id).after_seq(endpoint_id, after_seq, limit)
