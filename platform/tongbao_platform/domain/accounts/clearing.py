"""Look at the clearing accounts: each must come back to zero, and none may take longer than its flow allows."""

from tongbao_platform.domain.accounts.model import ClearingAccount, ClearingState
from tongbao_platform.domain.accounts.store import BookStore
from tongbao_platform.execution.reading import Reader


async def clearing_states(reader: Reader) -> list[ClearingState]:
    """Return every clearing account with its balance and since when that is not zero."""
    return await BookStore(reader).clearing_accounts()


async def find_clearing_account(reader: Reader, flow: str, currency: str) -> ClearingAccount | None:
    """Return the clearing account of ``flow`` in ``currency``."""
    return await BookStore(reader).clearing_account(flow, currency)
