"""Money: whole minor units of one ISO 4217 currency. There is no float anywhere near it."""

from typing import Final

import msgspec

MAX_AMOUNT_MINOR: Final = 2**53 - 1
PPM: Final = 1_000_000


class Money(msgspec.Struct, frozen=True):
    """An amount; ``value`` counts minor units (fen for CNY), ``currency`` is the upper-case ISO 4217 code."""

    value: int
    currency: str


def fee_minor(amount_minor: int, rate_ppm: int) -> int:
    """Return the fee on ``amount_minor`` at ``rate_ppm`` parts per million, rounded half up to a minor unit."""
    return (amount_minor * rate_ppm * 2 + PPM) // (2 * PPM)
