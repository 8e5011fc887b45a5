"""Deletes what has expired, in small transactions, from day one: one-time values, markers, stored answers.

Each table gives up at most ``BATCH`` rows a transaction, so that purging never makes a payment wait.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.expiry import purge_answers, purge_claims
from tongbao_platform.kernel.clock import Clock, Instant
from tongbao_platform.storage.session import WriteSession

BATCH: Final = 500

Purge = Callable[[WriteSession, Instant, int], Awaitable[int]]


EXECUTION_PURGES: Final[Mapping[str, Purge]] = {"claim": purge_claims, "idempotency_answer": purge_answers}


async def purge(committer: Committer, purges: Mapping[str, Purge], clock: Clock) -> dict[str, int]:
    """Run every one of ``purges`` until nothing expired is left; return how many rows went, by name."""
    before = clock.now()
    return {name: await _all(committer, purge_some, before) for name, purge_some in purges.items()}


async def _all(committer: Committer, purge_some: Purge, before: Instant) -> int:
    async def job(session: WriteSession) -> int:
        return await purge_some(session, before, BATCH)

    total = 0
    while (went := await committer.perform(job)) > 0:
        total += went
        if went < BATCH:
            break
    return total
