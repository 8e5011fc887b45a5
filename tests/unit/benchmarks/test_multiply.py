"""Many stored payments out of a few: books that the verifier accepts and that go on working, on both databases."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import column, text

from benchmarks import multiply
from benchmarks.growth_population import Order, fill, multiply_postgresql, multiply_sqlite
from benchmarks.ledger import LedgerRun, post
from benchmarks.population import keyring, settings_of
from benchmarks.sizes import of_postgresql, of_sqlite
from tests.factories.postgres_cluster import PostgresCluster
from tongbao_platform.identity.keyring import KEYRING_VARIABLE
from tongbao_platform.processes.foundation import open_foundation
from tongbao_platform.processes.verification import run_verify

PAYMENTS, COPIES = 130, 3
ALL = PAYMENTS * (1 + COPIES)
_BACK_IN_TIME = """
SELECT count(*) FROM (
  SELECT occurred_at, LAG(occurred_at) OVER (PARTITION BY account_id ORDER BY seq) AS before_at FROM ledger_entry
) e WHERE occurred_at < before_at
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def order(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Order]:
    """Two databases, the smaller one empty, the larger one not there yet."""
    if request.param == "sqlite":
        yield Order(f"sqlite:///{tmp_path}/small.sqlite", f"sqlite:///{tmp_path}/large.sqlite", PAYMENTS, COPIES)
        return
    with PostgresCluster({"fsync": "off"}) as cluster:
        yield Order(cluster.url("postgres"), cluster.url("large"), PAYMENTS, COPIES)


async def counted(url: str) -> tuple[int, Any]:
    """Return how many payments there are, and what the verifier finds wrong."""
    async with open_foundation(settings_of(url)) as foundation:
        _, report = await run_verify(foundation, anchor_file=None, as_json=True)
    found = json.loads(report)
    return found["counts"]["payment"], found["findings"]


async def entries_back_in_time(url: str) -> int:
    """Return how many entries are older than the one before them on their account."""
    async with open_foundation(settings_of(url)) as foundation:
        [(found,)] = await foundation.reader.rows(text(_BACK_IN_TIME).columns(column("found")))
    return int(found)


def test_copies_are_right_books_and_new_payments_follow_them(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYRING_VARIABLE, keyring())
    population = asyncio.run(fill(order, merchants=20))
    if order.large.startswith("sqlite"):
        multiply_sqlite(order)
        sizes = of_sqlite(Path(order.large.removeprefix("sqlite:///")), ALL)
    else:
        asyncio.run(multiply_postgresql(order))
        sizes = of_postgresql(order.large, ALL)
    filled = {size.table for size in sizes if size.rows > 0}
    assert {"payment", "ledger_entry", "ledger_transfer", "event", "claim"} <= filled
    assert asyncio.run(counted(order.small)) == (PAYMENTS, [])
    assert asyncio.run(counted(order.large)) == (ALL, [])
    assert asyncio.run(entries_back_in_time(order.large)) == 0
    run = LedgerRun(4, hot=False, seconds=0.1)
    figures = asyncio.run(post(settings_of(order.large), population, run, float))
    assert asyncio.run(counted(order.large)) == (ALL + figures.count + run.warm_up, [])


def test_an_id_cannot_be_made_older_than_time() -> None:
    with pytest.raises(ValueError, match="old"):
        list(multiply.copy(3, "002"))
