"""What the story is about, and what everybody must have at its end. Amounts are fen, worked out by hand."""

from typing import Final

import msgspec

from tongbao_sandbox.personas import CUSTOMERS, MERCHANTS

# The one with a single account: nothing is left to what the page selects.
PAYER_LOGIN: Final = "xiaohong"
_PAYER: Final = next(persona for persona in CUSTOMERS if persona.login == PAYER_LOGIN)


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the story.

    The shop's fee is 0.6 %, half up: 11.994 → 12 of the order, 1500 of the transfer, 360 of what was captured. After
    the refund 1000 remain of the order, whose fee is 6: so 6 of the 12 come back.
    """

    order_minor: int = 1_999
    order_fee_minor: int = 12
    transfer_minor: int = 250_000
    transfer_fee_minor: int = 1_500
    held_minor: int = 100_000
    captured_minor: int = 60_000
    captured_fee_minor: int = 360
    refund_minor: int = 999
    fee_returned_minor: int = 6

    def balances(self) -> dict[str, int]:
        """Return what each account holds at the end."""
        fees = self.order_fee_minor - self.fee_returned_minor + self.transfer_fee_minor + self.captured_fee_minor
        sales = self.order_minor - self.refund_minor + self.transfer_minor + self.captured_minor
        change = {
            "shop": sales - fees,
            "partner": -self.transfer_minor - self.captured_minor,
            "customer": self.refund_minor - self.order_minor,
            "fee income": fees,
        }
        return {who: minor + change[who] for who, minor in _opening().items()}

    def brought_in(self) -> int:
        """Return what all had together at the beginning, and must have at the end."""
        return sum(_opening().values())


def _opening() -> dict[str, int]:
    return {
        "shop": MERCHANTS[0].funds_minor,
        "partner": MERCHANTS[1].funds_minor,
        "customer": _PAYER.funds_minor[0],
        "fee income": 0,
    }
