"""Every pair of states of refunds."""

from itertools import product

import pytest

from tongbao_platform.domain.refunds.model import RefundState
from tongbao_platform.domain.refunds.states import REFUND_MOVES, IllegalRefundMove, advance

STEPS = {
    (None, "pending"),
    ("pending", "processing"),
    ("pending", "canceled"),
    ("processing", "succeeded"),
    ("processing", "failed"),
    ("processing", "requires_action"),
    ("requires_action", "processing"),
    ("succeeded", "returned"),
}
STATES = tuple(state for state in REFUND_MOVES if state is not None)


def test_the_table_names_every_state() -> None:
    assert set(STATES) == set(RefundState.__args__)  # type: ignore[attr-defined]  # of a Literal


@pytest.mark.parametrize(("before", "after"), list(product((None, *STATES), STATES)))
def test_a_refund_takes_the_steps_of_its_table_and_no_other(before: RefundState | None, after: RefundState) -> None:
    if (before, after) in STEPS:
        assert advance(before, after) == after
    else:
        with pytest.raises(IllegalRefundMove):
            advance(before, after)


def test_a_path_is_walked_step_by_step() -> None:
    assert advance(None, "pending", "processing", "succeeded") == "succeeded"
    with pytest.raises(IllegalRefundMove):
        advance(None, "pending", "succeeded")
    with pytest.raises(IllegalRefundMove):
        advance(None)
