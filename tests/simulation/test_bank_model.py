"""The bank against dictionaries, on SQLite and PostgreSQL side by side.

Whatever is asked in whatever order, all three answer alike, the two databases to the byte, and hold the same balances,
holds and payments after each step. The books are verified now and then, and at the end.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories.database import PostgresDatabases, SqliteDatabases
from tests.simulation.bank_machine import Worlds, machine_in
from tests.simulation.bank_world import DatabaseWorld, MemoryWorld
from tongbao_platform.execution import recovery


def stored(urls: Callable[[], AbstractContextManager[str]]) -> Worlds:
    """Return the maker of worlds on fresh databases."""

    @contextmanager
    def fresh() -> Iterator[DatabaseWorld]:
        with urls() as url, closing(DatabaseWorld(url)) as world:
            yield world

    return fresh


def in_memory() -> AbstractContextManager[MemoryWorld]:
    """Return a world on the simulated database."""
    return closing(MemoryWorld())


@pytest.mark.postgresql
def test_the_bank_does_what_the_model_does(
    sqlite_databases: SqliteDatabases, postgresql_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without faults no batch needs to be split: that would hide an operation that does not see those before it.
    monkeypatch.delattr(recovery, "_halves")
    machine = machine_in(stored(sqlite_databases.fresh), stored(postgresql_databases.fresh), in_memory)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_bank_in_memory_does_what_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in memory only: more and longer runs in less time."""
    monkeypatch.delattr(recovery, "_halves")
    run_state_machine_as_test(
        machine_in(in_memory),
        settings=settings(
            max_examples=100,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
