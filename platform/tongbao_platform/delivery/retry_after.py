"""The receiver's ``Retry-After`` (RFC 9110 section 10.2.3), read strictly and capped."""

import re
from datetime import UTC, datetime
from typing import Final

from tongbao_platform.kernel.clock import HOUR_MS, SECOND_MS, Instant, datetime_of, instant_of

MAX_SECONDS_FORM_MS: Final = HOUR_MS
MAX_DATE_FORM_MS: Final = 24 * HOUR_MS

_SECONDS = re.compile(r"[0-9]{1,100}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_SHORT_DAY = f"(?P<weekday>{'|'.join(day[:3] for day in _DAYS)})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
# The three spellings of an HTTP-date that a recipient must accept (RFC 9110 section 5.6.7).
_DATES: Final = (
    re.compile(rf"{_SHORT_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    re.compile(rf"(?P<weekday>{'|'.join(_DAYS)}), (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"),
    re.compile(rf"{_SHORT_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)
_LEAP_SECOND: Final = 60


def retry_after_ms(value: str, now: Instant) -> int | None:
    """Return how long the receiver asks to be left alone, in milliseconds from ``now``; None when it cannot be read.

    A number of seconds counts for an hour at most, a date for 24 hours at most; a date in the past is 0.
    """
    text = value.strip(" \t")
    if _SECONDS.fullmatch(text):
        return min(int(text) * SECOND_MS, MAX_SECONDS_FORM_MS)
    until = _http_date(text, now)
    return None if until is None else min(max(until - now, 0), MAX_DATE_FORM_MS)


def _http_date(text: str, now: Instant) -> Instant | None:
    match = next((found for pattern in _DATES if (found := pattern.fullmatch(text))), None)
    if match is None:
        return None
    year = int(match["year"])
    if len(match["year"]) == 2:  # as RFC 850 writes it
        year = _full_year(year, datetime_of(now).year)
    second = int(match["second"])
    try:
        moment = datetime(
            year,
            _MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            second - (second == _LEAP_SECOND),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return instant_of(moment) if _DAYS[moment.weekday()].startswith(match["weekday"]) else None


def _full_year(two_digits: int, current: int) -> int:
    """Return the year meant: the next one to come unless that is more than 50 years ahead (RFC 9110 section 5.6.7)."""
    ahead = (two_digits - current) % 100
    return current + (ahead if ahead <= 50 else ahead - 100)
