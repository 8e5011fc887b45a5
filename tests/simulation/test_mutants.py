"""Each fault of ``mutants.py`` is found within a few seeds; the platform as it is passes the same ones."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories.database import PostgresDatabases
from tests.simulation.bank_machine import machine_in
from tests.simulation.bank_world import MemoryWorld
from tests.simulation.mutants import FOUND_BY_MODEL, FOUND_BY_SIMULATION, FOUND_BY_TWO_COMMITTERS, Mutant
from tests.simulation.run import populated, simulate
from tests.simulation.test_two_committers import test_two_processes_agree_and_the_books_are_clean as two_processes
from tongbao_platform.kernel.errors import PlatformFault

# ``test_simulation.py`` runs these seeds on the platform as it is.
MOST_SEEDS = 40
# It is enough to find the fault; nobody reads the shortest way to it.
MODEL_SETTINGS = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the errors that are provoked here out of the log."""
    logger = logging.getLogger("tongbao_platform")
    logger.disabled = True
    populated()
    yield
    logger.disabled = False


@pytest.mark.parametrize("mutant", FOUND_BY_SIMULATION, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_simulation_finds(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.put(monkeypatch)
    assert any(simulate(seed).findings for seed in range(MOST_SEEDS)), mutant.breaks


@pytest.mark.parametrize("mutant", FOUND_BY_MODEL, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_model_finds(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.put(monkeypatch)
    machine = machine_in(lambda: closing(MemoryWorld()))
    with pytest.raises((AssertionError, PlatformFault)):
        run_state_machine_as_test(machine, settings=MODEL_SETTINGS)


@pytest.mark.postgresql
@pytest.mark.parametrize("mutant", FOUND_BY_TWO_COMMITTERS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_two_committers_find(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, postgresql_databases: PostgresDatabases
) -> None:
    mutant.put(monkeypatch)
    found = 0
    for seed in range(4):
        with postgresql_databases.fresh() as url:
            try:
                asyncio.run(two_processes(url, seed, monkeypatch))
            except Exception:  # noqa: BLE001 - an assertion, or a fault of the platform
                found += 1
                break
    assert found, mutant.breaks
