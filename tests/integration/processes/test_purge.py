"""Expired claims, answers and tokens go; natural keys and what is still needed stay."""

import pytest
from sqlalchemy import select

from tests.factories.committers import running_committer
from tests.integration.execution.moving import OpenAccount, open_account
from tongbao_platform.execution.operation import Answer, Claim, Context, Idempotency, OneTime
from tongbao_platform.execution.records import ANSWER_TABLE, CLAIM_TABLE
from tongbao_platform.kernel.clock import Instant, VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.processes import purge as purging


def render(result: object) -> Answer:
    del result
    return Answer(status=201, headers=(), body=b"{}")


async def test_only_what_expired_goes(database_url: str) -> None:
    clock = VirtualClock(Instant(1_000))
    async with running_committer(database_url, clock) as running:
        for number, ends in enumerate((2_000, 3_000)):
            context = Context(
                actor="test",
                once=OneTime(
                    Claim("jti", "app", f"j{number}", expires_at=Instant(ends)), Refusal(code="x", detail="x")
                ),
                idempotency=Idempotency(scope="s", key=f"k{number}", fingerprint=b"f", expires_at=Instant(ends)),
                render=render,
            )
            await running.committer.run(open_account, OpenAccount(account_id=running.ids.new("acc")), context)
        clock.advance(1_500)
        deleted = await purging.purge(running.committer, purging.EXECUTION_PURGES, clock)
        assert deleted == {"claim": 1, "idempotency_answer": 1}
        kept = await running.reader.rows(select(CLAIM_TABLE.c.value).where(CLAIM_TABLE.c.kind != "change"))
        assert {value for (value,) in kept} == {"j1", "k1"}
        assert await running.reader.rows(select(ANSWER_TABLE.c.key)) == [("k1",)]
        assert await purging.purge(running.committer, purging.EXECUTION_PURGES, clock) == {
            "claim": 0,
            "idempotency_answer": 0,
        }


async def test_a_large_backlog_goes_in_small_transactions(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 3)
    clock = VirtualClock(Instant(1_000))
    async with running_committer(database_url, clock) as running:
        for number in range(7):
            context = Context(
                actor="test",
                once=OneTime(Claim("jti", "a", str(number), expires_at=Instant(1_500)), Refusal(code="x", detail="x")),
            )
            await running.committer.run(open_account, OpenAccount(account_id=running.ids.new("acc")), context)
        clock.advance(1_000)
        assert (await purging.purge(running.committer, purging.EXECUTION_PURGES, clock))["claim"] == 7
