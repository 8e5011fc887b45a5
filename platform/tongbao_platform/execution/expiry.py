"""Deleting what execution keeps for a time only: one-time values, markers, and stored answers with their claims."""

from tongbao_platform.execution.records import ANSWERS, CLAIMS
from tongbao_platform.execution.work import IDEMPOTENCY
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.session import WriteSession


async def purge_claims(session: WriteSession, before: Instant, limit: int) -> int:
    """Delete expired one-time values and markers; return how many."""
    return len(await session.purge(CLAIMS, before, limit))


async def purge_answers(session: WriteSession, before: Instant, limit: int) -> int:
    """Delete expired answers and, in the same transaction, the claims of their keys; return how many.

    A claim that outlived its answer, or an answer its claim, would make the key's next use neither new nor a replay.
    """
    gone = await session.purge(ANSWERS, before, limit)
    if gone:
        await session.delete(CLAIMS, [(IDEMPOTENCY, scope, key) for scope, key in gone])
    return len(gone)
