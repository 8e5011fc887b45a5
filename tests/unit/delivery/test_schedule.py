"""The schedule: twelve tries, jitter that repeats itself, and a receiver's wish that only postpones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.delivery.schedule import MAX_ATTEMPTS, WAITS_MS, next_attempt, wait_ms
from tongbao_platform.kernel.clock import HOUR_MS, MINUTE_MS, Instant

NOW = Instant(1_795_000_000_000)
DELIVERIES = [f"dlv_{number}" for number in range(2_000)]


def test_the_waits_are_those_of_the_document() -> None:
    assert [wait / 1_000 for wait in WAITS_MS] == [
        *(0, 5, 30, 120, 600, 1_800),
        *(7_200, 18_000, 36_000, 50_400, 72_000, 86_400),
    ]
    assert MAX_ATTEMPTS == 12


def test_the_first_try_is_at_once_and_the_twelfth_is_the_last() -> None:
    assert next_attempt(0, "dlv_1", NOW, None) == NOW
    assert next_attempt(11, "dlv_1", NOW, None) is not None
    assert next_attempt(12, "dlv_1", NOW, None) is None
    assert next_attempt(13, "dlv_1", NOW, HOUR_MS) is None


@pytest.mark.parametrize(("attempt", "share"), [(a, 0.2 if a < 4 else 0.5) for a in range(1, 12)])
def test_jitter_fills_its_range_and_stays_in_it(attempt: int, share: float) -> None:
    waits = [wait_ms(attempt, delivery) / WAITS_MS[attempt] for delivery in DELIVERIES]
    assert 1 - share <= min(waits) < 1 - share * 0.98
    assert 1 + share * 0.98 < max(waits) <= 1 + share
    assert abs(sum(waits) / len(waits) - 1) < 0.05


def test_jitter_is_fixed_by_delivery_and_try() -> None:
    # Written down: a change of the hash would move every stored delivery and break replays.
    assert [wait_ms(attempt, "dlv_1") for attempt in (1, 4, 11)] == [5_281, 441_422, 125_997_326]
    assert len({wait_ms(5, delivery) for delivery in DELIVERIES}) > 1_900


@given(
    attempt=st.integers(0, 11),
    delivery=st.text(),
    asked=st.none() | st.integers(0, 24 * HOUR_MS),
)
def test_retry_after_only_postpones(attempt: int, delivery: str, asked: int | None) -> None:
    plain = next_attempt(attempt, delivery, NOW, None)
    asked_for = next_attempt(attempt, delivery, NOW, asked)
    assert plain is not None
    assert asked_for == max(plain, NOW + (asked or 0))


def test_negative_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="tries"):
        next_attempt(-1, "dlv_1", NOW, None)
    with pytest.raises(ValueError, match="wait"):
        next_attempt(1, "dlv_1", NOW, -MINUTE_MS)
