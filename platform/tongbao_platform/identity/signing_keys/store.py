"""How the platform's signing keys are stored and found."""

from typing import Final

from sqlalchemy import or_, select

from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.signing_keys.model import PUBLISH_RETIRED_MS, PlatformKey
from tongbao_platform.identity.signing_keys.tables import PLATFORM_KEYS as KEY_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet

PLATFORM_KEYS: Final = RowSet(
    PlatformKey,
    KEY_TABLE,
    mutable=("sealed_private", "status", "activated_at", "retired_at", "revision"),
    cached=True,
)


class PlatformKeyStore:
    """Reads the platform's keys."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def published(self, now: Instant) -> tuple[PlatformKey, ...]:
        """Return every key that belongs in the JWKS document at ``now``, oldest first."""
        retired_at = KEY_TABLE.c.retired_at
        statement = (
            select(KEY_TABLE)
            .where(or_(retired_at.is_(None), retired_at > now - PUBLISH_RETIRED_MS))
            .order_by(KEY_TABLE.c.id)
        )
        return tuple(await self._reader.models(PLATFORM_KEYS, statement))
