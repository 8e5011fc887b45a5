"""Instants are exact, ordered, and shown as RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.kernel.clock import (
    Instant,
    VirtualClock,
    business_date,
    datetime_of,
    format_instant,
    instant_of,
    later,
)


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_an_instant_survives_being_shown(milliseconds: int) -> None:
    instant = Instant(milliseconds)
    assert instant_of(datetime.fromisoformat(format_instant(instant))) == instant
    assert instant_of(datetime_of(instant)) == instant


def test_the_form_is_fixed() -> None:
    assert format_instant(Instant(0)) == "1970-01-01T00:00:00.000Z"
    assert format_instant(Instant(1_795_343_400_007)) == "2026-11-22T10:30:00.007Z"


def test_an_offset_names_the_same_instant_and_a_naive_time_none() -> None:
    there = datetime(2026, 11, 22, 18, 30, tzinfo=timezone(timedelta(hours=8)))
    assert instant_of(there) == instant_of(datetime(2026, 11, 22, 10, 30, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        instant_of(datetime(2026, 11, 22, 10, 30))  # noqa: DTZ001 - the refused case


@pytest.mark.parametrize(
    ("utc", "day"),
    [("2026-11-22T15:59:59.999+00:00", "2026-11-22"), ("2026-11-22T16:00:00.000+00:00", "2026-11-23")],
)
def test_the_business_day_turns_at_midnight_in_shanghai(utc: str, day: str) -> None:
    assert business_date(instant_of(datetime.fromisoformat(utc))) == day


def test_a_virtual_clock_only_goes_forward() -> None:
    clock = VirtualClock(Instant(5))
    assert clock.advance(10) == clock.now() == 15
    assert later(clock.now(), 5) == 20
    with pytest.raises(ValueError, match="backward"):
        clock.advance(-1)
