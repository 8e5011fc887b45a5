"""Every pair of states of payments and attempts."""

from itertools import product

import pytest

from tongbao_platform.domain.payments.model import AttemptStatus, PaymentStatus
from tongbao_platform.domain.payments.states import (
    ATTEMPT_MOVES,
    PAYMENT_MOVES,
    IllegalMove,
    advance,
    advance_attempt,
    after_failed_attempt,
)

PAYMENT_STEPS = {
    (None, "requires_action"),
    (None, "processing"),
    ("requires_action", "processing"),
    ("requires_action", "canceled"),
    ("requires_action", "expired"),
    ("processing", "succeeded"),
    ("processing", "authorized"),
    ("processing", "requires_action"),
    ("processing", "failed"),
    ("processing", "reversing"),
    ("authorized", "succeeded"),
    ("authorized", "canceled"),
    ("reversing", "canceled"),
    ("reversing", "succeeded"),
    ("expired", "succeeded"),
}
ATTEMPT_STEPS = {
    (None, "created"),
    ("created", "authenticating"),
    ("created", "failed"),
    ("authenticating", "submitted"),
    ("authenticating", "failed"),
    ("submitted", "succeeded"),
    ("submitted", "failed"),
    ("submitted", "unknown"),
    ("unknown", "succeeded"),
    ("unknown", "failed"),
}
PAYMENT_STATES = tuple(state for state in PAYMENT_MOVES if state is not None)
ATTEMPT_STATES = tuple(state for state in ATTEMPT_MOVES if state is not None)


def test_the_tables_name_every_state() -> None:
    assert set(PAYMENT_STATES) == set(PaymentStatus.__args__)  # type: ignore[attr-defined]  # of a Literal
    assert set(ATTEMPT_STATES) == set(AttemptStatus.__args__)  # type: ignore[attr-defined]  # of a Literal


@pytest.mark.parametrize(("before", "after"), list(product((None, *PAYMENT_STATES), PAYMENT_STATES)))
def test_a_payment_takes_the_steps_of_its_table_and_no_other(
    before: PaymentStatus | None, after: PaymentStatus
) -> None:
    if (before, after) in PAYMENT_STEPS:
        assert advance(before, after) == after
    else:
        with pytest.raises(IllegalMove):
            advance(before, after)


@pytest.mark.parametrize(("before", "after"), list(product((None, *ATTEMPT_STATES), ATTEMPT_STATES)))
def test_an_attempt_takes_the_steps_of_its_table_and_no_other(
    before: AttemptStatus | None, after: AttemptStatus
) -> None:
    if (before, after) in ATTEMPT_STEPS:
        assert advance_attempt(before, after) == after
    else:
        with pytest.raises(IllegalMove):
            advance_attempt(before, after)


def test_every_step_of_a_path_is_checked() -> None:
    assert advance(None, "processing", "succeeded") == "succeeded"
    with pytest.raises(IllegalMove):
        advance("requires_action", "succeeded")
    with pytest.raises(IllegalMove):
        advance("requires_action", "canceled", "succeeded")
    with pytest.raises(IllegalMove):
        advance(None)
    with pytest.raises(IllegalMove):
        advance_attempt(None)


def test_a_method_with_a_page_lets_the_payer_try_again() -> None:
    assert after_failed_attempt("h5") == "requires_action"
    assert after_failed_attempt("account") == "failed"
