"""Dividing an amount: nothing is lost or made, and the units left over go where the rule says."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.kernel.money import MAX_AMOUNT_MINOR, PPM
from tongbao_platform.ledger.shares import share_out


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    """Draw 1 to 8 shares that add up to a million."""
    cuts = draw(st.lists(st.integers(1, PPM - 1), max_size=7, unique=True))
    edges = [0, *sorted(cuts), PPM]
    return [high - low for low, high in pairwise(edges)]


@given(amount=st.integers(0, MAX_AMOUNT_MINOR), ppm=shares())
def test_the_parts_add_up_and_none_is_off_by_a_whole_unit(amount: int, ppm: list[int]) -> None:
    parts = share_out(amount, ppm)
    assert sum(parts) == amount
    assert len(parts) == len(ppm)
    for part, share in zip(parts, ppm, strict=True):
        assert abs(part * PPM - amount * share) < PPM


@given(amount=st.integers(0, 10_000), ppm=shares())
def test_a_unit_more_goes_only_to_shares_that_lost_the_most(amount: int, ppm: list[int]) -> None:
    parts = share_out(amount, ppm)
    lost = [amount * share % PPM for share in ppm]
    raised = [part * PPM > amount * share for part, share in zip(parts, ppm, strict=True)]
    given_up = [(loss, -place) for place, loss in enumerate(lost) if not raised[place]]
    taken = [(loss, -place) for place, loss in enumerate(lost) if raised[place]]
    assert not taken or not given_up or min(taken) > max(given_up)


@pytest.mark.parametrize(
    ("amount", "ppm", "parts"),
    [
        (100, (333_333, 333_333, 333_334), (33, 33, 34)),
        (1, (500_000, 500_000), (1, 0)),
        (2, (333_333, 333_333, 333_334), (1, 0, 1)),
        (0, (600_000, 400_000), (0, 0)),
        (7, (1_000_000,), (7,)),
    ],
)
def test_the_earlier_share_wins_a_tie(amount: int, ppm: tuple[int, ...], parts: tuple[int, ...]) -> None:
    assert share_out(amount, ppm) == parts


@pytest.mark.parametrize(
    ("amount", "ppm"),
    [(-1, (PPM,)), (1, ()), (1, (PPM - 1,)), (1, (PPM, 1)), (1, (0, PPM)), (1, (-1, PPM + 1))],
)
def test_shares_that_are_no_whole_are_refused(amount: int, ppm: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"share|negative"):
        share_out(amount, ppm)
