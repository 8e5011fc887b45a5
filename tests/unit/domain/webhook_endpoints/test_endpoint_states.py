"""Every pair of states of webhook endpoints."""

from itertools import product

import pytest

from tongbao_platform.domain.webhook_endpoints.model import EndpointStatus
from tongbao_platform.domain.webhook_endpoints.states import ENDPOINT_MOVES, IllegalEndpointMove, advance

STEPS = {(None, "enabled"), ("enabled", "disabled"), ("disabled", "enabled")}
STATES = tuple(state for state in ENDPOINT_MOVES if state is not None)


def test_the_table_names_every_state() -> None:
    assert set(STATES) == set(EndpointStatus.__args__)  # type: ignore[attr-defined]  # of a Literal


@pytest.mark.parametrize(("before", "after"), list(product((None, *STATES), STATES)))
def test_an_endpoint_takes_the_steps_of_its_table_and_no_other(
    before: EndpointStatus | None, after: EndpointStatus
) -> None:
    if (before, after) in STEPS:
        assert advance(before, after) == after
    else:
        with pytest.raises(IllegalEndpointMove):
            advance(before, after)


def test_nowhere_is_no_state() -> None:
    with pytest.raises(IllegalEndpointMove):
        advance(None)
