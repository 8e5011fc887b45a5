"""Read webhook endpoints by id. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from collections.abc import Collection

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.store import EndpointStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, tenant: str | None, endpoint_id: str) -> WebhookEndpoint | None:
    """Return the endpoint; ``None`` for strangers and unknown ids."""
    return await EndpointStore(reader, tenant).get(endpoint_id)


async def get_some(reader: Reader, endpoint_ids: Collection[str]) -> dict[str, WebhookEndpoint]:
    """Return, by id, those of ``endpoint_ids`` that exist (for the platform itself)."""
    return {endpoint.id: endpoint for endpoint in await EndpointStore(reader, None).by_ids(endpoint_ids)}
