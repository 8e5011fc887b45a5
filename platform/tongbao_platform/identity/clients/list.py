"""List clients, for operators and the developer console."""

from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.clients.store import ClientStore

MAX_LIMIT = 200


async def list_clients(store: ClientStore, *, after: str | None = None, limit: int = 20) -> list[Client]:
    """Return at most ``limit`` (1 to 200) clients behind the id ``after``, oldest first."""
    return await store.page(after=after, limit=max(1, min(limit, MAX_LIMIT)))
