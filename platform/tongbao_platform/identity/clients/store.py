"""How clients are stored and found."""

from typing import Final

from sqlalchemy import select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.clients.tables import CLIENTS as CLIENT_TABLE
from tongbao_platform.storage.rowset import RowSet

CLIENTS: Final = RowSet(
    Client,
    CLIENT_TABLE,
    mutable=("name", "scopes", "api_version", "status", "key_count", "revision"),
    tenants=lambda client: (client.merchant_id,),
    cached=True,
)


class ClientStore:
    """Reads clients; with a tenant only those of that merchant, without one (operators, the token endpoint) all."""

    def __init__(self, reader: Reader, merchant_id: str | None = None) -> None:
        self._reader = reader
        self._merchant_id = merchant_id

    async def by_id(self, client_id: str) -> Client | None:
        """Return the client, or ``None`` when it does not exist or is another merchant's."""
        statement = select(CLIENT_TABLE).where(CLIENT_TABLE.c.id == client_id)
        if self._merchant_id is not None:
            statement = statement.where(CLIENT_TABLE.c.merchant_id == self._merchant_id)
        found = await self._reader.models(CLIENTS, statement)
        return found[0] if found else None

    async def page(self, *, after: str | None, limit: int) -> list[Client]:
        """Return at most ``limit`` clients in the order of their ids (oldest first), those behind ``after``."""
        statement = select(CLIENT_TABLE).order_by(CLIENT_TABLE.c.id).limit(limit)
        if self._merchant_id is not None:
            statement = statement.where(CLIENT_TABLE.c.merchant_id == self._merchant_id)
        if after is not None:
            statement = statement.where(CLIENT_TABLE.c.id > after)
        return await self._reader.models(CLIENTS, statement)
