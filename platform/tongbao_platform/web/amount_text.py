"""Amounts as people read them: integer arithmetic only, grouped by thousands."""

from typing import Final

import msgspec

from tongbao_platform.web.views import Amount

# Signs that name one currency only within this table; any other currency is shown by its code alone.
_SIGNS: Final = {
    "CNY": "¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "JPY": "JP¥",
    "KRW": "₩",
    "SGD": "S$",
    "USD": "US$",
}


class AmountText(msgspec.Struct, frozen=True):
    """The parts of a shown amount; ``fraction`` starts with the point and is empty for exponent 0."""

    sign: str
    whole: str
    fraction: str
    currency: str


def amount_parts(amount: Amount) -> AmountText:
    """Split ``amount`` into sign, grouped whole part, fraction and currency code, e.g. ``¥ 1,999 .50 CNY``."""
    if amount.exponent < 0:
        raise ValueError("a currency's exponent is not negative")
    minus = "-" if amount.value_minor < 0 else ""
    whole, rest = divmod(abs(amount.value_minor), 10**amount.exponent)
    fraction = f".{rest:0{amount.exponent}d}" if amount.exponent else ""
    sign = _SIGNS.get(amount.currency, f"{amount.currency}\N{NO-BREAK SPACE}")
    return AmountText(sign=minus + sign, whole=f"{whole:,}", fraction=fraction, currency=amount.currency)


def amount_text(amount: Amount) -> str:
    """Render ``amount`` in one piece, e.g. ``¥19.99``, ``JP¥500``, ``KWD 1.250``."""
    parts = amount_parts(amount)
    return parts.sign + parts.whole + parts.fraction
