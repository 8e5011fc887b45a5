"""Two processes on one PostgreSQL, the same merchants, numbers and keys: one truth, and clean books."""

import asyncio
from collections import Counter, defaultdict
from itertools import count
from random import Random

import pytest
from sqlalchemy import func, select

from tests.simulation.committer_model import FUNDS, Request, Said, Verb
from tests.simulation.committer_world import World
from tongbao_platform.domain.refunds.tables import REFUNDS
from tongbao_platform.execution import recovery

ROUNDS = 30
VERBS: tuple[Verb, ...] = ("pay", "pay", "pay", "order", "close", "refund", "refund")
REUSED = "idempotency_key_reused"


def _request(random: Random) -> Request:
    verb = random.choice(VERBS)
    return Request(
        verb=verb,
        # Mostly without: a shared key would make the processes wait for each other before they meet on rows.
        key=f"k{random.randint(1, 30)}" if random.random() < 0.15 else None,
        number=random.randint(1, 400 if verb == "refund" else 80),
        target=random.randint(1, 20),
        amount_minor=random.choice([1, 84, 500, 2_500]),
        back=random.random() < 0.5,
    )


def _batch(random: Random) -> list[Request]:
    return [_request(random) for _ in range(random.randint(1, 6))]


async def _work(world: World, random: Random) -> list[tuple[Request, Said]]:
    told: list[tuple[Request, Said]] = []
    for _ in range(ROUNDS):
        batch = _batch(random)
        told += zip(batch, await world.run(batch), strict=True)
        await world.look()
    return told


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", range(4))
async def test_two_processes_agree_and_the_books_are_clean(
    postgresql_url: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Locks keep them apart: no batch meets the other's rows at its writes, where it would have to be split.
    monkeypatch.delattr(recovery, "_halves")
    numbers = count(1)
    one, two = World(postgresql_url, numbers), World(postgresql_url, numbers)
    await one.open()
    await two.join()
    try:
        # One seed comes twice: both processes get those requests, at about the same time.
        both = await asyncio.wait_for(
            asyncio.gather(
                _work(one, Random(seed)),
                _work(two, Random(seed + 100)),
                _work(one, Random(seed + 200)),
                _work(two, Random(seed)),
                # Who fails waits for the others: nobody is cut off in the middle of a statement.
                return_exceptions=True,
            ),
            60,
        )
        told = [each for works in map(_done, both) for each in works]
        balances, statuses = await one.look()
        await one.verify()
        refunds = (await one.running.reader.rows(select(func.count()).select_from(REFUNDS)))[0][0]
    finally:
        await two.close()
        await one.close()
    assert sum(balances.values()) == 2 * FUNDS
    effects = Counter(said.text for _, said in told if not said.replayed)
    assert sum(n for text, n in effects.items() if text.startswith("new ")) == len(statuses)
    assert effects["refunded now"] == refunds
    assert effects["closed now"] == sum(status == "canceled" for status, _ in statuses.values())
    _each_key_has_one_answer(told)


def _done(works: list[tuple[Request, Said]] | BaseException) -> list[tuple[Request, Said]]:
    if isinstance(works, BaseException):
        raise works
    return works


def _each_key_has_one_answer(told: list[tuple[Request, Said]]) -> None:
    by_key: dict[str, list[tuple[Request, Said]]] = defaultdict(list)
    for request, said in told:
        if request.key is not None and said.text != REUSED:
            by_key[request.key].append((request, said))
    assert len(by_key) > 10
    for answers in by_key.values():
        assert sum(not said.replayed for _, said in answers) == 1
        assert len({(request, said.text) for request, said in answers}) == 1
