"""The life of a delivery: one table and one ``advance``; nowhere else is a status chosen."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.domain.webhook_deliveries.model import DeliveryStatus
from tongbao_platform.kernel.errors import PlatformFault

# ``None`` is "not there yet". A delivery that is tried again stays pending; ``failed`` means given up, ``canceled``
# that its endpoint receives nothing any more.
DELIVERY_MOVES: Final[Mapping[DeliveryStatus | None, frozenset[DeliveryStatus]]] = {
    None: frozenset({"pending"}),
    "pending": frozenset({"succeeded", "failed", "canceled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "canceled": frozenset(),
}


class IllegalDeliveryMove(PlatformFault):
    """A delivery was asked for a step it does not have; a fault of ours, stopped before anything is written."""


def advance(current: DeliveryStatus | None, *path: DeliveryStatus) -> DeliveryStatus:
    """Walk from ``current`` along ``path`` and return where it ends; every step must be in the table."""
    for step in path:
        if step not in DELIVERY_MOVES[current]:
            raise IllegalDeliveryMove(f"a delivery does not go from {current} to {step}")
        current = step
    if current is None:
        raise IllegalDeliveryMove("a delivery that is nowhere needs a first state")
    return current
