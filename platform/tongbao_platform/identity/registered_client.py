"""A client and all its keys as one value: what authentication looks up and every process remembers."""

import msgspec

from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.identity.keys.model import ClientKey, key_record
from tongbao_platform.identity.keys.store import KeyStore


class RegisteredClient(msgspec.Struct, frozen=True):
    """A client with its keys: ``records`` by kid for the signature rules, ``key_ids`` from kid to the key's id.

    ``ended_key_ids`` are the ids of revoked keys, whose tokens have ended with them.
    """

    client: Client
    records: dict[str, KeyRecord]
    key_ids: dict[str, str]
    ended_key_ids: frozenset[str]

    def key(self, kid: str) -> KeyRecord | None:
        """Return the client's key ``kid``; whether it counts now is for ``KeyRecord.usable`` to say."""
        return self.records.get(kid)


def registered_client(client: Client, keys: list[ClientKey]) -> RegisteredClient:
    """Put a client and its keys together."""
    return RegisteredClient(
        client=client,
        records={key.kid: key_record(key) for key in keys},
        key_ids={key.kid: key.id for key in keys},
        ended_key_ids=frozenset(key.id for key in keys if key.revoked_at is not None),
    )


class RegisteredClients:
    """Loads registered clients; ``load`` is what a versioned cache asks on a miss."""

    def __init__(self, clients: ClientStore, keys: KeyStore) -> None:
        self._clients = clients
        self._keys = keys

    async def load(self, client_id: str) -> RegisteredClient | None:
        """Return the client and its keys, or ``None`` when there is no such client."""
        client = await self._clients.by_id(client_id)
        return None if client is None else registered_client(client, await self._keys.of_client(client_id))
