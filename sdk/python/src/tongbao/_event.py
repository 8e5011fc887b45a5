"""What every webhook event has in common, and the event this version of the SDK does not know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

Amount: TypeAlias = int | Mapping[str, object] | msgspec.Struct


class EventBase(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events; ``data`` is the object as it was after the event."""

    def match(
        self,
        order_no: str | None = None,
        amount: Amount | None = None,
        *,
        currency: str = "CNY",
        refund_no: str | None = None,
    ) -> bool:
        """Whether the event is about the caller's own order, and about the sum the caller expects.

        A true signature only says that the platform sent the event; compare it with your own record before you
        deliver. ``order_no`` is your ``merchant_order_no``, ``refund_no`` your ``merchant_refund_no``; ``amount`` is a
        money (``{"value": 1999, "currency": "CNY"}`` or a model), or an integer of minor units of ``currency``. All
        that is given must fit; something must be given.
        """
        if order_no is None and refund_no is None and amount is None:
            raise TypeError("match() needs an order_no, a refund_no or an amount to compare with")
        data = getattr(self, "data", None)
        if order_no is not None and _member(data, "merchant_order_no") != order_no:
            return False
        if refund_no is not None and _member(data, "merchant_refund_no") != refund_no:
            return False
        if amount is None:
            return True
        found = _member(data, "amount")
        if isinstance(amount, bool) or not isinstance(amount, (int, Mapping, msgspec.Struct)):
            raise TypeError("amount is a money or an integer of minor units, never a float")
        wanted = (amount, currency) if isinstance(amount, int) else _money(amount)
        return None not in wanted and _money(found) == wanted


def _money(value: object) -> tuple[object, object]:
    return _member(value, "value"), _member(value, "currency")


def _member(value: object, name: str) -> object:
    found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return None if found is msgspec.UNSET else found


class UnknownEvent(EventBase, frozen=True, kw_only=True):
    """An event of a type, or with data of a form, that this version does not know; ``data`` is plain JSON."""

    id: str
    type: str
    timestamp: datetime
    livemode: bool
    api_version: str | None = None
    seq: int | None = None
    revision: int | None = None
    data: dict[str, Any] = {}
