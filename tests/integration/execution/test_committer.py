"""The committer on both databases: batches, replays, refusals, faults of one operation."""

import asyncio

from sqlalchemy import func, select

from tests.factories.committers import Running, running_committer
from tests.integration.execution.moving import Move, OpenAccount, move, open_account
from tongbao_platform.execution.operation import Answer, Claim, Context, Idempotency, OneTime, Outcome
from tongbao_platform.execution.records import CLAIM_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault, Refusal
from tongbao_platform.ledger.model import Account
from tongbao_platform.ledger.store import ACCOUNTS
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT_TABLE
from tongbao_platform.ledger.tables import ENTRIES
from tongbao_platform.outbox.store import BATCHES
from tongbao_platform.outbox.tables import BATCHES as BATCH_TABLE

TEST = Context(actor="test")
FAR = Instant(2**50)
REPLAYED = Refusal(code="signature_replayed", detail="seen", stored=False)


def render(result: object) -> Answer:
    body = result.code if isinstance(result, Refusal) else str(result)
    return Answer(status=422 if isinstance(result, Refusal) else 201, headers=(("a", "b"),), body=body.encode())


def keyed(key: str, fingerprint: bytes = b"f", jti: str | None = None) -> Context:
    once = OneTime(Claim("jti", "app", jti, expires_at=FAR), REPLAYED) if jti else None
    asked = Idempotency(scope="s", key=key, fingerprint=fingerprint, expires_at=FAR)
    return Context(actor="test", idempotency=asked, once=once, render=render)


async def open_pair(running: Running, funds: int) -> tuple[str, str]:
    _, payer, payee = await open_three(running, funds)
    return payer, payee


async def open_three(running: Running, funds: int) -> tuple[str, str, str]:
    bank, payer, payee = (running.ids.new("acc") for _ in range(3))
    for account_id, floor in ((bank, None), (payer, 0), (payee, 0)):
        await running.committer.run(open_account, OpenAccount(account_id=account_id, floor_minor=floor), TEST)
    await running.committer.run(move, Move(debit=bank, credit=payer, amount_minor=funds), TEST)
    return bank, payer, payee


async def balance(running: Running, account_id: str) -> Account:
    return (await running.reader.models(ACCOUNTS, select(ACCOUNT_TABLE).where(ACCOUNT_TABLE.c.id == account_id)))[0]


async def test_the_last_yuan_is_spent_once(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 1)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        outcomes = await asyncio.gather(*(running.committer.run(move, spend, TEST) for _ in range(50)))
        assert sorted(outcome.refusal is None for outcome in outcomes) == [False] * 49 + [True]
        after = await balance(running, payee)
        assert (after.balance_minor, after.seq) == (1, 1)


async def test_one_key_gives_one_effect_and_equal_answers(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 100)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        outcomes = await asyncio.gather(*(running.committer.run(move, spend, keyed("k")) for _ in range(50)))
        assert sum(not outcome.replayed for outcome in outcomes) == 1
        assert {outcome.answer for outcome in outcomes} == {render(1)}
        assert (await balance(running, payee)).balance_minor == 1
        again = await running.committer.run(move, spend, keyed("k"))
        assert again.replayed
        assert again.answer == render(1)


async def test_a_stored_refusal_is_repeated_even_when_money_has_come(database_url: str) -> None:
    async with running_committer(database_url) as running:
        bank, payer, payee = await open_three(running, 1)
        spend = Move(debit=payer, credit=payee, amount_minor=5)
        first = await running.committer.run(move, spend, keyed("k"))
        assert first.refusal is not None
        await running.committer.run(move, Move(debit=bank, credit=payer, amount_minor=100), TEST)
        second = await running.committer.run(move, spend, keyed("k"))
        assert second.replayed
        assert second.answer == first.answer


async def test_another_payload_under_the_same_key_is_refused_and_spends_nothing(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        await running.committer.run(move, Move(debit=payer, credit=payee, amount_minor=1), keyed("k"))
        other = await running.committer.run(
            move, Move(debit=payer, credit=payee, amount_minor=2), keyed("k", b"other", jti="j1")
        )
        assert other.refusal is not None
        assert other.refusal.code == "idempotency_key_reused"
        fresh = await running.committer.run(
            move, Move(debit=payer, credit=payee, amount_minor=2), keyed("k2", jti="j1")
        )
        assert fresh.result == 2


async def test_a_one_time_value_is_judged_before_the_key(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        spend = Move(debit=payer, credit=payee, amount_minor=1)
        outcomes = await asyncio.gather(*(running.committer.run(move, spend, keyed("k", jti="same")) for _ in range(5)))
        refused = [o.refusal.code for o in outcomes if o.refusal is not None]
        assert refused == ["signature_replayed"] * 4
        retried = await running.committer.run(move, spend, keyed("k", jti="fresh"))
        assert retried.replayed
        spent = await running.committer.run(move, spend, keyed("k", jti="fresh"))
        assert spent.refusal == REPLAYED


async def test_a_fault_in_one_operation_leaves_the_batch_alone(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 10)
        good = Move(debit=payer, credit=payee, amount_minor=1)
        bad = Move(debit=payer, credit=payee, amount_minor=1, fail=True)
        unbalanced = Move(debit=payer, credit=payer, amount_minor=1)
        results = await asyncio.gather(
            *(running.committer.run(move, m, TEST) for m in (good, bad, good, unbalanced, good)),
            return_exceptions=True,
        )
        kinds = [isinstance(result, Outcome) for result in results]
        assert kinds == [True, False, True, False, True]
        assert all(isinstance(r, PlatformFault) for r in results if not isinstance(r, Outcome))
        assert (await balance(running, payee)).balance_minor == 3


async def test_bad_data_is_bisected_out(database_url: str) -> None:
    """A row that the database refuses (a second account with the same id) fails alone."""
    async with running_committer(database_url) as running:
        taken = running.ids.new("acc")
        await running.committer.run(open_account, OpenAccount(account_id=taken), TEST)
        ids = [running.ids.new("acc") for _ in range(6)]
        ids[3] = taken
        results = await asyncio.gather(
            *(running.committer.run(open_account, OpenAccount(account_id=i), TEST) for i in ids),
            return_exceptions=True,
        )
        assert [isinstance(r, Outcome) for r in results] == [True, True, True, False, True, True]


async def test_entries_are_numbered_without_gaps_and_carry_the_balance(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 1_000)
        moves = [Move(debit=payer, credit=payee, amount_minor=n) for n in range(1, 21)]
        await asyncio.gather(*(running.committer.run(move, m, TEST) for m in moves))
        rows = await running.reader.rows(
            select(ENTRIES.c.seq, ENTRIES.c.amount_minor, ENTRIES.c.balance_after_minor)
            .where(ENTRIES.c.account_id == payee)
            .order_by(ENTRIES.c.seq)
        )
        assert [seq for seq, _, _ in rows] == list(range(1, 21))
        total = 0
        for _, amount, after in rows:
            total += amount
            assert after == total


async def test_claims_without_an_effect_are_freed(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 1)
        bad = Move(debit=payer, credit=payee, amount_minor=1, fail=True)
        await asyncio.gather(running.committer.run(move, bad, keyed("k", jti="j")), return_exceptions=True)
        left = await running.reader.rows(
            select(func.count()).select_from(CLAIM_TABLE).where(CLAIM_TABLE.c.kind != "change")
        )
        assert left == [(0,)]


async def test_of_events_that_only_say_look_again_a_batch_announces_one_per_subject(database_url: str) -> None:
    async with running_committer(database_url) as running:
        payer, payee = await open_pair(running, 100)
        spend = Move(debit=payer, credit=payee, amount_minor=1, told=payee)
        await asyncio.gather(*(running.committer.run(move, spend, TEST) for _ in range(20)))
        batches = await running.reader.models(BATCHES, BATCH_TABLE.select())
        announced = [each for batch in batches for each in batch.announced]
        # The first operation is a batch of its own; the other nineteen queued up meanwhile.
        assert len(announced) == len(batches) < 20
        assert max(each.revision for each in announced) == 20
        assert {each.subject_id for each in announced} == {payee}
