"""The other half of the seeds (see ``test_simulation.py``)."""

from typing import Final

import pytest

from tests.simulation.command import check_seed

SEEDS: Final = range(150, 300)
SEEDS_EACH: Final = 5


@pytest.mark.parametrize("first", SEEDS[::SEEDS_EACH])
def test_nothing_is_lost_doubled_or_made_up(first: int) -> None:
    for seed in range(first, first + SEEDS_EACH):
        check_seed(seed)
