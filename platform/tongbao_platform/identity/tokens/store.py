"""How access tokens are stored and found."""

from typing import Final

from sqlalchemy import select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.identity.tokens.tables import ACCESS_TOKENS as TOKEN_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet

# Not `cached`: purging would then make every process forget all its tokens every few minutes. What ends a token early
# changes a cached row beside it (the client or its key).
ACCESS_TOKENS: Final = RowSet(AccessToken, TOKEN_TABLE, mutable=("revoked_at",))


class TokenStore:
    """Reads tokens; the platform's own, no tenant ever lists them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def by_id(self, token_id: str) -> AccessToken | None:
        """Return the token with this hash."""
        found = await self._reader.models(ACCESS_TOKENS, select(TOKEN_TABLE).where(TOKEN_TABLE.c.id == token_id))
        return found[0] if found else None

    async def expired_ids(self, before: Instant, limit: int) -> tuple[str, ...]:
        """Return at most ``limit`` ids of tokens that expired before ``before``, those that expired first, first."""
        statement = (
            select(TOKEN_TABLE.c.id)
            .where(TOKEN_TABLE.c.expires_at < before)
            .order_by(TOKEN_TABLE.c.expires_at, TOKEN_TABLE.c.id)
            .limit(limit)
        )
        return tuple(str(row[0]) for row in await self._reader.rows(statement))
