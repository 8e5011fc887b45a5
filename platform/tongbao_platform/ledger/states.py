"""The life of a hold: open until it is posted, released or expired; nothing comes after that."""

from typing import Final

from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.ledger.model import HoldStatus

MOVES: Final[dict[HoldStatus, frozenset[HoldStatus]]] = {
    "open": frozenset({"open", "posted", "released", "expired"}),
    "posted": frozenset(),
    "released": frozenset(),
    "expired": frozenset(),
}


class LedgerRuleBroken(PlatformFault):
    """A transfer or hold would break the book; nothing of its operation is written."""


def advance(current: HoldStatus, target: HoldStatus) -> HoldStatus:
    """Return ``target`` where the table allows the step; a resolved hold is never resolved again."""
    if target not in MOVES[current]:
        raise LedgerRuleBroken(f"a hold that is {current} cannot become {target}")
    return target
