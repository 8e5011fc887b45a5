"""Claim a run that one verifier is enough for: of several that try, the one that finds the cursor as it read it."""

import msgspec

from tongbao_platform.domain.verification.model import Cursor
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class ClaimRun(msgspec.Struct, frozen=True, kw_only=True):
    """Move the cursor ``id`` from ``before`` (0: it does not exist) to ``position``."""

    id: str
    before: int
    position: int


def keys(command: ClaimRun, found: Found) -> Keys:
    """Name the cursor."""
    del found
    return Keys(rows=((Cursor, command.id),))


def decide(rows: Rows, command: ClaimRun, now: Instant) -> Changes | Refusal:
    """Move it; the result tells whether it is claimed."""
    del now
    cursor = rows.get(Cursor, command.id)
    if (cursor.position if cursor else 0) != command.before:
        return Changes(result=False)
    claimed = Cursor(id=command.id, position=command.position)
    return Changes(result=True, insert=() if cursor else (claimed,), update=(claimed,) if cursor else ())
