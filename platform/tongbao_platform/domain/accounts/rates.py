"""Exchange rates as exact fractions: no float, and one stated rounding."""

import re
from typing import Final

import msgspec

from tongbao_platform.kernel.currencies import CURRENCIES

_RATE: Final = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,12}))?")


class Rate(msgspec.Struct, frozen=True):
    """``numerator / denominator`` units of the bought currency for one unit of the sold one (yuan, not fen).

    Drawn before the operation runs and carried in its command, so that running it again converts the same.
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.numerator < 1 or self.denominator < 1:
            raise ValueError("a rate is greater than zero")


def read_rate(text: str) -> Rate:
    """Read a decimal such as ``0.1384`` (up to 9 digits before and 12 behind the point); ``ValueError`` otherwise."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a rate: write a decimal such as 0.1384")
    fraction = match[2] or ""
    return Rate(int(match[1] + fraction), 10 ** len(fraction))


def converted_minor(sold_minor: int, rate: Rate, sold: str, bought: str) -> int:
    """Return what ``sold_minor`` of currency ``sold`` buys in minor units of ``bought``, rounded down.

    Down, so that cutting an amount into small ones never buys more than the whole (a margin apart, which is rounded for
    each). ``KeyError`` for a currency that ISO 4217 does not have.
    """
    shift = CURRENCIES[bought].exponent - CURRENCIES[sold].exponent
    over = sold_minor * rate.numerator * int(10 ** max(shift, 0))
    return over // (rate.denominator * int(10 ** max(-shift, 0)))
