"""Deletes what has expired, in small transactions, from day one: claims, stored answers, tokens.

Each table gives up at most ``BATCH`` rows a transaction, so that purging never makes a payment wait.
"""

from collections.abc import Sequence
from typing import Any, Final

from tongbao_platform.execution.committer import Committer
from tongbao_platform.kernel.clock import Clock, Instant
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.session import WriteSession

BATCH: Final = 500


async def purge(committer: Committer, rowsets: Sequence[RowSet[Any]], clock: Clock) -> dict[str, int]:
    """Delete every expired row of ``rowsets`` and return how many went, by table."""
    deleted: dict[str, int] = {}
    before = clock.now()
    for rowset in rowsets:
        name = rowset.table.name
        deleted[name] = 0
        while (went := await _some(committer, rowset, before)) > 0:
            deleted[name] += went
            if went < BATCH:
                break
    return deleted


async def _some(committer: Committer, rowset: RowSet[Any], before: Instant) -> int:
    async def job(session: WriteSession) -> int:
        return await session.purge(rowset, before, BATCH)

    return await committer.perform(job)
