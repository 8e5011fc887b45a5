"""Instants as people in Asia/Shanghai read them."""

from datetime import timedelta, timezone
from typing import Final

from tongbao_platform.kernel.clock import Instant, datetime_of
from tongbao_platform.web.language import Language

# Asia/Shanghai has kept UTC+8 all year since 1991.
_SHANGHAI: Final = timezone(timedelta(hours=8))
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_text(instant: Instant, language: Language) -> str:
    """Render to the minute in Asia/Shanghai: ``2026年11月22日 18:30`` or ``22 Nov 2026, 18:30``."""
    moment = datetime_of(instant).astimezone(_SHANGHAI)
    clock = f"{moment:%H:%M}"
    if language == "zh":
        return f"{moment.year}年{moment.month}月{moment.day}日 {clock}"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {clock}"


def machine_time(instant: Instant) -> str:
    """Render for the ``datetime`` attribute of ``<time>``: RFC 3339 with the offset of Asia/Shanghai, to the second."""
    return datetime_of(instant).astimezone(_SHANGHAI).isoformat(timespec="seconds")
