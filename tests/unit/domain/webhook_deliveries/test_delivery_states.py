"""Every pair of states of deliveries."""

from itertools import product

import pytest

from tongbao_platform.domain.webhook_deliveries.model import DeliveryStatus
from tongbao_platform.domain.webhook_deliveries.states import DELIVERY_MOVES, IllegalDeliveryMove, advance

STEPS = {(None, "pending"), ("pending", "succeeded"), ("pending", "failed"), ("pending", "canceled")}
STATES = tuple(state for state in DELIVERY_MOVES if state is not None)


def test_the_table_names_every_state() -> None:
    assert set(STATES) == set(DeliveryStatus.__args__)  # type: ignore[attr-defined]  # of a Literal


@pytest.mark.parametrize(("before", "after"), list(product((None, *STATES), STATES)))
def test_a_delivery_takes_the_steps_of_its_table_and_no_other(
    before: DeliveryStatus | None, after: DeliveryStatus
) -> None:
    if (before, after) in STEPS:
        assert advance(before, after) == after
    else:
        with pytest.raises(IllegalDeliveryMove):
            advance(before, after)


def test_nowhere_is_no_state() -> None:
    with pytest.raises(IllegalDeliveryMove):
        advance(None)
