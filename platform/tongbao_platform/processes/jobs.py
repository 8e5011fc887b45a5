"""The background jobs of the platform, each a verb of the module that owns it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from tongbao_platform.domain.customers import sign_out
from tongbao_platform.domain.payments import expire, expire_hold
from tongbao_platform.execution.operation import Context, Outcome
from tongbao_platform.identity.keys import record_use
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.tokens import purge_expired
from tongbao_platform.identity.tokens.purge_expired import ExpiredTokens
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.purge import EXECUTION_PURGES, purge
from tongbao_platform.processes.worker import Job

PURGE_EVERY_SECONDS = 60.0
EXPIRE_EVERY_SECONDS = 1.0
EXPIRE_BATCH = 200
SESSIONS_BATCH = 500
KEY_USES_EVERY_SECONDS = 5.0


def housekeeping_jobs(foundation: Foundation, key_uses: KeyUseLog, tokens: ExpiredTokens) -> list[Job]:
    """Return the jobs that keep the database small and the deadlines."""
    return [
        Job(name="purge", every_seconds=PURGE_EVERY_SECONDS, run=_purge(foundation, tokens)),
        Job(name="expire_payments", every_seconds=EXPIRE_EVERY_SECONDS, run=_expire_payments(foundation)),
        Job(name="expire_holds", every_seconds=EXPIRE_EVERY_SECONDS, run=_expire_holds(foundation)),
        Job(name="record_key_uses", every_seconds=KEY_USES_EVERY_SECONDS, run=_record_key_uses(foundation, key_uses)),
    ]


def _purge(foundation: Foundation, tokens: ExpiredTokens) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        context = Context(actor="worker:purge")
        committer, reader, clock = foundation.committer, foundation.reader, foundation.clock
        await purge(committer, EXECUTION_PURGES, clock)
        while (command := await purge_expired.next_batch(tokens, clock.now())) is not None:
            await committer.run(purge_expired, command, context)
        while sessions := await sign_out.expired(reader, clock.now(), SESSIONS_BATCH):
            await asyncio.gather(
                *(committer.run(sign_out, sign_out.SignOut(session_id=each), context) for each in sessions)
            )
        # All that had expired is gone: the next run can wait its interval.
        return 0

    return run


def _expire_payments(foundation: Foundation) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        ids = await expire.due(foundation.reader, foundation.clock.now(), EXPIRE_BATCH)
        context = Context(actor="worker:expire_payments")
        commands = [expire.ExpirePayment(payment_id=payment_id) for payment_id in ids]
        outcomes = await asyncio.gather(*(foundation.committer.run(expire, command, context) for command in commands))
        return _changed(outcomes)

    return run


def _expire_holds(foundation: Foundation) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        ids = await expire_hold.due(foundation.reader, foundation.clock.now(), EXPIRE_BATCH)
        context = Context(actor="worker:expire_holds")
        commands = [expire_hold.ExpireHold(payment_id=payment_id) for payment_id in ids]
        outcomes = await asyncio.gather(
            *(foundation.committer.run(expire_hold, command, context) for command in commands)
        )
        return _changed(outcomes)

    return run


def _changed(outcomes: Iterable[Outcome]) -> int:
    """Count what was really over: where the database's clock is behind ours, the job rests before it looks again."""
    return sum(1 for outcome in outcomes if outcome.result is not None and outcome.result.changed)


def _record_key_uses(foundation: Foundation, key_uses: KeyUseLog) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        command = key_uses.drain()
        if command is None:
            return 0
        await foundation.committer.run(record_use, command, Context(actor="worker:record_key_uses"))
        return 0

    return run
