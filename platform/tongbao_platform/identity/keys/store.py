"""How client keys are stored and found."""

from typing import Any, Final

from sqlalchemy import Select, select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.keys.model import ClientKey, KeyUse
from tongbao_platform.identity.keys.tables import CLIENT_KEYS as KEY_TABLE
from tongbao_platform.identity.keys.tables import KEY_USES as USE_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet

CLIENT_KEYS: Final = RowSet(
    ClientKey,
    KEY_TABLE,
    mutable=("valid_until", "revoked_at"),
    tenants=lambda key: (key.merchant_id,),
    cached=True,
)
KEY_USES: Final = RowSet(KeyUse, USE_TABLE)


class KeyStore:
    """Reads client keys; with a tenant only those of that merchant, without one (operators, authentication) all."""

    def __init__(self, reader: Reader, merchant_id: str | None = None) -> None:
        self._reader = reader
        self._merchant_id = merchant_id

    async def of_client(self, client_id: str) -> list[ClientKey]:
        """Return every key the client ever registered, oldest first."""
        return await self._reader.models(CLIENT_KEYS, self._limited(select(KEY_TABLE), client_id))

    async def last_uses(self, client_id: str) -> dict[str, Instant | None]:
        """Return when each key of the client was last used, by the key's id."""
        statement = select(KEY_TABLE.c.id, USE_TABLE.c.last_used_at).join_from(
            KEY_TABLE, USE_TABLE, USE_TABLE.c.id == KEY_TABLE.c.id
        )
        rows = await self._reader.rows(self._limited(statement, client_id))
        return {str(row[0]): None if row[1] is None else Instant(row[1]) for row in rows}

    def _limited(self, statement: Select[Any], client_id: str) -> Select[Any]:
        limited = statement.where(KEY_TABLE.c.client_id == client_id).order_by(KEY_TABLE.c.id)
        if self._merchant_id is not None:
            limited = limited.where(KEY_TABLE.c.merchant_id == self._merchant_id)
        return limited
