"""Record when keys were last used: noted in memory by each process, written in batches by its worker."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.identity.keys.model import KeyUse
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

MAX_KEYS_PER_BATCH: Final = 500


class RecordKeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of a key's id and the instant it was last used."""

    uses: tuple[tuple[str, Instant], ...]


class KeyUseLog:
    """What one process knows of the use of keys since it last wrote; at most one entry a key."""

    def __init__(self) -> None:
        self._last: dict[str, Instant] = {}

    def note(self, key_id: str, now: Instant) -> None:
        """Remember that a signature by the key was accepted at ``now``."""
        self._last[key_id] = now

    def drain(self, limit: int = MAX_KEYS_PER_BATCH) -> RecordKeyUse | None:
        """Take out at most ``limit`` keys as a command; ``None`` when nothing was used."""
        taken = sorted(self._last)[:limit]
        if not taken:
            return None
        return RecordKeyUse(uses=tuple((key_id, self._last.pop(key_id)) for key_id in taken))


def keys(command: RecordKeyUse, found: Found) -> Keys:
    """Need the use of each key."""
    del found
    return Keys(rows=tuple((KeyUse, key_id) for key_id, _ in command.uses))


def decide(rows: Rows, command: RecordKeyUse, now: Instant) -> Changes | Refusal:
    """Move each key's time forward, never back; another process may have seen a later use."""
    del now
    changed = []
    for key_id, used_at in command.uses:
        use = rows.get(KeyUse, key_id)
        if use is not None and (use.last_used_at is None or use.last_used_at < used_at):
            changed.append(KeyUse(id=key_id, last_used_at=used_at))
    return Changes(result=len(changed), update=tuple(changed))
