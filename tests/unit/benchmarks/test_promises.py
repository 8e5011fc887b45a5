"""The promised figures: which measured ones they are read from, and what keeps them."""

from typing import Any

import pytest

from benchmarks.figures import Sample, rows
from benchmarks.promises import Target, targets

LEDGER_256, LEDGER_64, HOT, ACCOUNT, TAIL, SQLITE, GROWTH = (
    "ledger, batches of 256, × TPC-B",
    "ledger, batches of 64, × TPC-B",
    "ledger, one hot merchant ÷ spread, least of all batch sizes",
    "account payments through the API, × TPC-B",
    "account payments through the API, p99 ÷ p50",
    "account payments through the API, SQLite ÷ PostgreSQL",
    "most ÷ fewest stored payments, least of all loads",
)


def sample(rate: float, **changes: Any) -> Sample:
    facts: dict[str, Any] = {"case": "ledger", "database": "postgresql", "round": 0, "batch": 64, "baseline": 1_000.0}
    return Sample(rate=rate, process_cpu_us=50.0, batch_mean=64.0, **(facts | changes))


def account(rate: float, **changes: Any) -> Sample:
    return sample(rate, **({"case": "account", "batch": 0} | changes))


def reached(*samples: Sample) -> dict[str, Any]:
    return {target.name: (target.reached, target.met) for target in targets(rows(samples))}


def test_what_was_not_measured_is_neither_kept_nor_missed() -> None:
    assert set(reached().values()) == {(None, None)}


def test_ledger_promises_are_read_from_spread_runs_on_fresh_postgresql() -> None:
    found = reached(
        sample(4_100, batch=256),
        sample(3_900, batch=256, hot=True),
        sample(2_200),
        sample(2_200, hot=True),
        sample(9_000, database="sqlite", baseline=None),
        sample(1_000, stored=10_000),
    )
    assert found[LEDGER_256] == (4.1, True)
    assert found[LEDGER_64] == (2.2, False)
    assert found[HOT] == (pytest.approx(3_900 / 4_100), True)


def test_the_hot_merchant_is_judged_by_its_worst_batch_size() -> None:
    found = reached(sample(100), sample(90, hot=True), sample(100, batch=16), sample(120, batch=16, hot=True))
    assert found[HOT] == (0.9, False)


def test_api_promises_are_those_of_one_process() -> None:
    found = reached(
        account(550, latency_ms=(1.0, 2.0, 3.9)),
        account(500, processes=2, latency_ms=(1.0, 2.0, 3.0)),
        account(280, database="sqlite", baseline=None, latency_ms=(1.0, 2.0, 9.0)),
    )
    assert found[ACCOUNT] == (0.55, False)
    assert found["the same, from 2 processes"] == (0.5, False)
    assert found[TAIL] == (3.9, True)
    assert found[SQLITE] == (pytest.approx(280 / 550), True)


def test_growth_is_judged_by_the_load_that_suffers_most() -> None:
    found = reached(
        sample(100, stored=10),
        sample(99, stored=1_000),
        account(100, stored=10),
        account(94, stored=1_000),
    )
    assert found[GROWTH] == (0.94, False)


def test_exactly_the_limit_is_enough_both_ways() -> None:
    assert Target("least", 2.0, 2.0).met is True
    assert Target("most", 2.0, 2.0, at_most=True).met is True
    assert Target("most", 2.0, 2.1, at_most=True).met is False
