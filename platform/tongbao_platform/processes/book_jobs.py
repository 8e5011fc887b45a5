"""The background jobs of the book: daily balances, and the age of what waits on clearing accounts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from tongbao_platform.domain.accounts import roll_up
from tongbao_platform.domain.accounts.clearing import clearing_states
from tongbao_platform.execution.operation import Context
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.metrics import Metrics
from tongbao_platform.processes.worker import Job

_log = logging.getLogger(__name__)

ROLL_UP_EVERY_SECONDS: Final = 30.0
CLEARING_EVERY_SECONDS: Final = 15.0


def book_jobs(foundation: Foundation, metrics: Metrics) -> list[Job]:
    """Return the jobs."""
    return [
        Job(name="roll_up_days", every_seconds=ROLL_UP_EVERY_SECONDS, run=RollUpDays(foundation).run),
        Job(name="watch_clearing", every_seconds=CLEARING_EVERY_SECONDS, run=_watch_clearing(foundation, metrics)),
    ]


class RollUpDays:
    """Looks through all accounts when a date has closed, once more an hour later, and when the process starts."""

    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        self._looked_at = Instant(-1)

    async def run(self) -> int:
        """Roll up what is due; return how many dates were written. A failure begins again at the first account."""
        now = self._foundation.clock.now()
        point = roll_up.look_again_at(now)
        if point <= self._looked_at:
            return 0
        written, after = 0, ""
        while True:
            async with self._foundation.reader.snapshot() as snapshot:
                due = await roll_up.due(snapshot, now, after)
            for account_id in due.broken:
                _log.error("the entries of account %s do not follow each other: run tongbao-server verify", account_id)
            written += await self._write(due.commands)
            if due.after is None:
                break
            after = due.after
        self._looked_at = point
        return written

    async def _write(self, commands: tuple[roll_up.RollUpAccount, ...]) -> int:
        committer, context = self._foundation.committer, Context(actor="worker:roll_up_days")
        written = 0
        runs = (committer.run(roll_up, command, context) for command in commands)
        for command, outcome in zip(commands, await asyncio.gather(*runs, return_exceptions=True), strict=True):
            if isinstance(outcome, BaseException):
                # One account must not keep the others from their day; it is looked at again with the next date.
                _log.error("account %s was not rolled up: %s", command.days[0].account_id, outcome)
            else:
                written += int(outcome.result)
        return written


def _watch_clearing(foundation: Foundation, metrics: Metrics) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        metrics.clearing(await clearing_states(foundation.reader), foundation.clock.now())
        # It looks at everything each time: nothing is left to do at once.
        return 0

    return run
