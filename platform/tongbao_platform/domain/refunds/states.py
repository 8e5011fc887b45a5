"""The life of a refund: one table and one ``advance``; nowhere else is a status chosen."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.domain.refunds.model import RefundState
from tongbao_platform.kernel.errors import PlatformFault

# ``None`` is "not there yet". ``requires_action`` is a refund whose destination no longer takes money; a succeeded one
# may still come back from the bank.
REFUND_MOVES: Final[Mapping[RefundState | None, frozenset[RefundState]]] = {
    None: frozenset({"pending"}),
    "pending": frozenset({"processing", "canceled"}),
    "processing": frozenset({"succeeded", "failed", "requires_action"}),
    "requires_action": frozenset({"processing"}),
    "succeeded": frozenset({"returned"}),
    "failed": frozenset(),
    "canceled": frozenset(),
    "returned": frozenset(),
}


class IllegalRefundMove(PlatformFault):
    """A refund was asked for a step it does not have; a fault of ours, stopped before anything is written."""


def advance(current: RefundState | None, *path: RefundState) -> RefundState:
    """Walk from ``current`` along ``path`` and return where it ends; every step must be in the table."""
    for step in path:
        if step not in REFUND_MOVES[current]:
            raise IllegalRefundMove(f"a refund does not go from {current} to {step}")
        current = step
    if current is None:
        raise IllegalRefundMove("a refund that is nowhere needs a first state")
    return current
