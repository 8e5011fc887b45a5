"""List webhook endpoints: a merchant's own, and for the relay those of many merchants."""

from collections.abc import Collection

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.store import EndpointStore
from tongbao_platform.execution.reading import Reader


async def list_endpoints(
    reader: Reader, merchant_id: str, metadata: tuple[tuple[str, str], ...], after: str | None, limit: int
) -> list[WebhookEndpoint]:
    """Return at most ``limit`` endpoints, newest first, behind the id ``after``; all of ``metadata`` must match."""
    return await EndpointStore(reader, merchant_id).page(metadata, after, limit)


async def count_endpoints(reader: Reader, merchant_id: str) -> int:
    """Return how many endpoints the merchant has."""
    return await EndpointStore(reader, merchant_id).count()


async def list_of_merchants(reader: Reader, merchant_ids: Collection[str]) -> dict[str, list[WebhookEndpoint]]:
    """Return the endpoints of each of ``merchant_ids`` that has any, oldest first (for the platform itself)."""
    by_merchant: dict[str, list[WebhookEndpoint]] = {}
    for endpoint in await EndpointStore(reader, None).of_merchants(merchant_ids):
        by_merchant.setdefault(endpoint.merchant_id, []).append(endpoint)
    return by_merchant
