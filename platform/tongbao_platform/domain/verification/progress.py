"""Read how far the verifier came, and what it may now count as proven."""

from collections.abc import Sequence

from tongbao_platform.domain.verification.model import VerifiedAccount
from tongbao_platform.domain.verification.store import cursors, moved_accounts
from tongbao_platform.execution.reading import Reader


async def positions(reader: Reader) -> dict[str, int]:
    """Return where each kind of run continues; a kind that never ran is missing."""
    return await cursors(reader)


async def newly_proven(reader: Reader, accounts: Sequence[str]) -> list[VerifiedAccount]:
    """Return those of ``accounts`` that have moved since they were proven, as they stand."""
    return await moved_accounts(reader, accounts)
