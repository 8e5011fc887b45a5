"""Seeds of the simulation: whatever fails and whoever dies, nothing is lost, doubled or made up."""

from pathlib import Path
from typing import Final

import pytest

from tests.simulation.command import keep, regression_seeds, reproduction
from tests.simulation.run import CLIENTS, REQUESTS_EACH, Report, simulate

# Small enough that two processors share them evenly.
CHUNKS: Final = 60
SEEDS_EACH: Final = 5


def _checked(seed: int) -> None:
    report = simulate(seed)
    told = "\n".join(report.findings[:10])
    assert not report.findings, f"seed {seed} ({report.profile}): {reproduction(seed)}\n{told}"
    assert report.acknowledged + report.declined == CLIENTS * REQUESTS_EACH


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_is_lost_doubled_or_made_up(chunk: int) -> None:
    for seed in range(chunk * SEEDS_EACH, (chunk + 1) * SEEDS_EACH):
        _checked(seed)


def test_seeds_that_failed_once() -> None:
    for seed in regression_seeds():
        _checked(seed)


def test_a_failed_seed_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "seeds.txt"
    kept.write_text("# seeds\n7 lost: a payment\n")
    reports = [Report(seed=seed, profile="calm", findings=["lost: money"]) for seed in range(5, 20)]
    keep([*reports, Report(seed=4, profile="calm")], kept)
    assert regression_seeds(kept) == [7, 5, 6, 8, 9, 10]


def test_a_seed_replays() -> None:
    assert simulate(3).trace == simulate(3).trace != simulate(4).trace
