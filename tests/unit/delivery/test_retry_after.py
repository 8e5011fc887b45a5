"""Retry-After: both forms, all three spellings of a date, the caps, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.delivery.retry_after import retry_after_ms
from tongbao_platform.kernel.clock import HOUR_MS, Instant, datetime_of, instant_of

NOW = instant_of(datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        ("120", 120_000),
        (" 120\t", 120_000),
        ("007", 7_000),
        ("3600", HOUR_MS),
        ("3601", HOUR_MS),
        ("9" * 100, HOUR_MS),
        ("Sun, 22 Nov 2026 08:00:30 GMT", 30_000),
        ("Sunday, 22-Nov-26 08:00:30 GMT", 30_000),
        ("Sun Nov 22 08:00:30 2026", 30_000),
        ("Tue Dec  1 08:00:30 2026", 24 * HOUR_MS),
        ("Sun, 22 Nov 2026 12:00:00 GMT", 4 * HOUR_MS),
        ("Sun, 22 Nov 2026 08:00:60 GMT", 59_000),
        ("Mon, 23 Nov 2026 08:00:01 GMT", 24 * HOUR_MS),
        ("Sun, 22 Nov 2026 07:59:59 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
    ],
)
def test_what_is_read(value: str, expected: int) -> None:
    assert retry_after_ms(value, NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1_000",
        "0x10",
        "１２０",
        "120s",
        "120, 60",
        "9" * 101,
        "2026-11-22T08:00:30Z",
        "Mon, 22 Nov 2026 08:00:30 GMT",
        "Sun, 22 Nov 2026 08:00:30 UTC",
        "Sun, 22 Nov 2026 08:00:30 +0000",
        "Sun, 22 nov 2026 08:00:30 GMT",
        "Sun, 22 Nov 2026 8:00:30 GMT",
        "Sun, 22 Nov 2026 24:00:30 GMT",
        "Sun, 31 Feb 2027 08:00:30 GMT",
        "Sun, 22 Nov 2026 08:00:61 GMT",
        "Sun, 00 Nov 0000 08:00:00 GMT",
        "Sun, 22 Nov 2026 08:00:30 GMT\n",
    ],
)
def test_what_is_not(value: str) -> None:
    assert retry_after_ms(value, NOW) is None


@given(st.text())
def test_no_text_breaks_it(value: str) -> None:
    wait = retry_after_ms(value, NOW)
    assert wait is None or 0 <= wait <= 24 * HOUR_MS


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC)))  # noqa: DTZ001 - bounds
def test_the_three_spellings_agree(moment: datetime) -> None:
    # Relative to a time shortly before, in which two digits of a year are not ambiguous.
    now = Instant(instant_of(moment - timedelta(seconds=90)))
    assert datetime_of(now) < moment
    spellings = (
        f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
        f"{moment:%A, %d-%b-%y %H:%M:%S} GMT",
        f"{moment:%a %b %d %H:%M:%S %Y}",
    )
    assert [retry_after_ms(spelling, now) for spelling in spellings] == [90_000] * 3
