"""Fees are whole minor units, rounded half up."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.kernel.money import MAX_AMOUNT_MINOR, fee_minor


@given(st.integers(0, MAX_AMOUNT_MINOR), st.integers(0, 1_000_000))
def test_a_fee_is_exact_and_rounds_half_up(amount: int, ppm: int) -> None:
    assert fee_minor(amount, ppm) == floor(Fraction(amount * ppm, 1_000_000) + Fraction(1, 2))


def test_the_half_goes_up() -> None:
    assert [fee_minor(amount, 5_000) for amount in (99, 100, 101)] == [0, 1, 1]
