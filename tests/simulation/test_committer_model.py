"""The committer against a dictionary: whatever batches come, the answers, balances and statuses are the model's.

Each step is one batch of one to eight operations, started together: they are decided in that order. Some repeat an
earlier request under its key, some put another payload under a used key, some repeat a merchant's number. At the end
of a run the books are verified.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.conftest import ENGINES
from tests.factories.database import PostgresDatabases, SqliteDatabases
from tests.simulation.committer_model import FUNDS, Model, Request
from tests.simulation.committer_world import World
from tongbao_platform.execution import recovery

KEYS = st.sampled_from([None, "k1", "k2", "k3", "k4"])
# Few payments and many refund numbers: the operations of a batch meet on the same rows.
NUMBERS = st.integers(1, 5)
TARGETS = st.integers(1, 2)
AMOUNTS = st.sampled_from([1, 2, 83, 84, 2_500, FUNDS // 2, FUNDS, FUNDS + 1])
REQUESTS = st.builds(
    Request,
    verb=st.sampled_from(["pay", "pay", "order", "close", "refund", "refund"]),
    key=KEYS,
    number=NUMBERS,
    target=TARGETS,
    amount_minor=AMOUNTS,
    back=st.booleans(),
)


def machine_on(fresh: Callable[[], Any]) -> type[RuleBasedStateMachine]:
    """Return a state machine whose every run has a database of its own."""

    class CommitterMachine(RuleBasedStateMachine):
        @initialize()
        def open(self) -> None:
            self.database = fresh()
            url = self.database.__enter__()
            self.loop = asyncio.Runner()
            self.world = World(url)
            self.model = Model()
            self.loop.run(self.world.open())

        @rule(batch=st.lists(REQUESTS, min_size=1, max_size=8))
        def run_batch(self, batch: list[Request]) -> None:
            expected = self.model.run_batch(batch)
            assert self.loop.run(self.world.run(batch)) == expected
            balances, statuses = self.loop.run(self.world.look())
            assert balances == self.model.balances
            assert statuses == self.model.statuses()

        @rule(request=REQUESTS)
        def run_one_many_times(self, request: Request) -> None:
            """One key, sent by impatient clients at once, is one effect with equal answers."""
            self.run_batch([request.keyed()] * 4)

        def teardown(self) -> None:
            if not hasattr(self, "world"):
                return
            try:
                self.loop.run(self.world.verify())
            finally:
                self.loop.run(self.world.close())
                self.loop.close()
                self.database.__exit__(None, None, None)

    return CommitterMachine


@pytest.mark.parametrize("engine", ENGINES)
def test_the_committer_does_what_the_model_does(
    engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without faults no batch needs to be split: that would hide an operation that does not see those before it.
    monkeypatch.delattr(recovery, "_halves")
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(f"{engine}_databases")
    examples, steps = (50, 12) if engine == "sqlite" else (12, 12)
    run_state_machine_as_test(
        machine_on(databases.fresh),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
