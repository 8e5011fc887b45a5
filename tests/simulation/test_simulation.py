"""Seeds of the simulation: whatever fails and whoever dies, nothing is lost, doubled or made up.

The seeds are shared by this file and ``test_simulation_further_seeds.py``: a file is run by one process.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.simulation.command import check_seed, keep, regression_seeds
from tests.simulation.run import Report, simulate

SEEDS: Final = range(150)
SEEDS_EACH: Final = 5


@pytest.mark.parametrize("first", SEEDS[::SEEDS_EACH])
def test_nothing_is_lost_doubled_or_made_up(first: int) -> None:
    for seed in range(first, first + SEEDS_EACH):
        check_seed(seed)


def test_seeds_that_failed_once() -> None:
    for seed in regression_seeds():
        check_seed(seed)


def test_a_failed_seed_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "seeds.txt"
    kept.write_text("# seeds\n7 lost: a payment\n")
    reports = [Report(seed=seed, profile="calm", findings=["lost: money"]) for seed in range(5, 20)]
    keep([*reports, Report(seed=4, profile="calm")], kept)
    assert regression_seeds(kept) == [7, 5, 6, 8, 9, 10]


def test_a_seed_replays() -> None:
    assert simulate(3).trace == simulate(3).trace != simulate(4).trace
