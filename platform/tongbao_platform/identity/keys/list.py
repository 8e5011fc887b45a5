"""List a client's keys with the time of their last use; what ``/v1/me`` and operators show."""

from tongbao_platform.identity.keys.model import KeyWithUse
from tongbao_platform.identity.keys.store import KeyStore


async def list_keys(store: KeyStore, client_id: str) -> list[KeyWithUse]:
    """Return every key of the client that ``store`` may see, revoked ones too, oldest first."""
    keys = await store.of_client(client_id)
    uses = await store.last_uses(client_id) if keys else {}
    return [KeyWithUse(key, uses.get(key.id)) for key in keys]
