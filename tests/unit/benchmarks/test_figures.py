"""The arithmetic of benchmarks: medians with range, percentiles, ratios of neighbours, promised figures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Middle, Sample, middle, percentile, rows


def sample(rate: float, **changes: Any) -> Sample:
    facts: dict[str, Any] = {"case": "ledger", "database": "postgresql", "round": 0, "batch": 64, "baseline": 1_000.0}
    return Sample(rate=rate, process_cpu_us=50.0, batch_mean=64.0, **(facts | changes))


def test_median_and_range_of_what_is_there() -> None:
    assert middle([3.0, None, 1.0, 2.0]) == Middle(2.0, 1.0, 3.0)
    assert middle([1.0, 2.0]) == Middle(1.5, 1.0, 2.0)
    assert middle([None]) is None


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 5), (0.51, 6), (0.95, 10), (0.99, 10), (1.0, 10)])
def test_percentiles_of_ten_values(share: float, expected: int) -> None:
    assert percentile(range(1, 11), share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_covers_its_share_and_no_smaller_value_does(values: list[float], share: float) -> None:
    ascending = sorted(values)
    found = percentile(ascending, share)
    assert sum(value <= found for value in ascending) >= share * len(ascending) - 1e-6
    assert sum(value < found for value in ascending) < share * len(ascending)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_ratio_compares_neighbours_and_not_medians() -> None:
    [row] = rows([sample(2_000, baseline=1_000.0), sample(9_000, round=1, baseline=3_000.0)])
    assert row.ratio == Middle(2.5, 2.0, 3.0)
    assert row.runs == 2


def test_a_hot_merchant_is_compared_with_the_spread_run_of_its_round_and_batch() -> None:
    samples = [
        sample(1_000),
        sample(900, hot=True),
        sample(2_000, round=1),
        sample(2_200, round=1, hot=True),
        sample(50, batch=1),
    ]
    spread, hot, other = rows(samples)
    assert hot.to_spread == Middle(1.0, 0.9, 1.1)
    assert spread.to_spread is None
    assert (spread.batch, hot.batch, other.batch) == (64, 64, 1)


def test_sqlite_is_compared_with_postgresql_where_that_was_measured() -> None:
    both = rows([sample(1_000), sample(500, database="sqlite", baseline=None)])
    assert both[1].to_postgresql == Middle(0.5, 0.5, 0.5)
    assert both[1].ratio is None
    [alone] = rows([sample(500, database="sqlite", baseline=None)])
    assert alone.to_postgresql is None


def test_latencies_are_summed_up_column_by_column() -> None:
    taken = [(1.0, 5.0, 9.0), (3.0, 4.0, 7.0), (2.0, 6.0, 8.0)]
    [row] = rows([sample(10, case="account", batch=0, round=i, latency_ms=each) for i, each in enumerate(taken)])
    assert row.latency_ms == (2.0, 5.0, 8.0)


def test_more_stored_payments_are_compared_with_the_fewest_of_the_same_database_and_load() -> None:
    samples = [
        sample(1_000, stored=100),
        sample(990, stored=10_000),
        sample(500, stored=100, database="sqlite"),
        sample(250, stored=10_000, database="sqlite"),
        sample(5_000),
    ]
    few, many, _, many_sqlite, fresh = rows(samples)
    assert (few.to_fewest, fresh.to_fewest) == (None, None)
    assert many.to_fewest == Middle(0.99, 0.99, 0.99)
    assert many_sqlite.to_fewest == Middle(0.5, 0.5, 0.5)


def test_each_number_of_processes_is_a_row_of_its_own() -> None:
    found = rows([sample(10, case="account", batch=0), sample(18, case="account", batch=0, processes=2)])
    assert [(row.processes, row.rate.median) for row in found] == [(1, 10), (2, 18)]


def test_the_tail_is_taken_run_by_run() -> None:
    taken = [(1.0, 5.0, 9.0), (2.0, 4.0, 6.0), (1.0, 1.0, 4.0)]
    [row] = rows([sample(10, case="account", batch=0, round=i, latency_ms=each) for i, each in enumerate(taken)])
    assert row.tail == Middle(4.0, 3.0, 9.0)
