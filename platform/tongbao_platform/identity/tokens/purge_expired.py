"""Delete tokens that expired a while ago, a bounded batch at a time; a worker's job."""

from typing import Final, Protocol

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.kernel.clock import HOUR_MS, Instant
from tongbao_platform.kernel.errors import Refusal

BATCH: Final = 500
# A client that uses a token a little late is told "expired", not "unknown".
KEEP_EXPIRED_MS: Final = HOUR_MS


class PurgeExpiredTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Delete those of ``token_ids`` that expired before ``before``."""

    token_ids: tuple[str, ...]
    before: Instant


class ExpiredTokens(Protocol):
    """Finds what to purge; ``TokenStore`` does."""

    async def expired_ids(self, before: Instant, limit: int) -> tuple[str, ...]:
        """Return at most ``limit`` ids of tokens that expired before ``before``."""
        ...


async def next_batch(store: ExpiredTokens, now: Instant, limit: int = BATCH) -> PurgeExpiredTokens | None:
    """Return the command for the oldest expired tokens, at most ``limit``; ``None`` when there is nothing to do."""
    before = Instant(now - KEEP_EXPIRED_MS)
    token_ids = await store.expired_ids(before, limit)
    return PurgeExpiredTokens(token_ids=token_ids, before=before) if token_ids else None


def keys(command: PurgeExpiredTokens, found: Found) -> Keys:
    """Need the tokens."""
    del found
    return Keys(rows=tuple((AccessToken, token_id) for token_id in command.token_ids))


def decide(rows: Rows, command: PurgeExpiredTokens, now: Instant) -> Changes | Refusal:
    """Delete them; the result is how many there were (another worker may have been faster)."""
    del now
    tokens = [rows.get(AccessToken, token_id) for token_id in command.token_ids]
    expired = tuple(token for token in tokens if token is not None and token.expires_at < command.before)
    return Changes(result=len(expired), delete=expired)
