"""New accounts of the book, as values."""

from typing import Final

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import LOCK_RANK, Account, AccountKind

# A refund returns its fee whatever the bank has done with its income meanwhile.
UNLIMITED: Final[frozenset[AccountKind]] = frozenset({"bank_settlement", "fee_income", "fx_position"})


def new_account(account_id: str, owner_id: str | None, kind: AccountKind, currency: str, now: Instant) -> Account:
    """Return an empty account; of all accounts only the bank's own may fall below zero, clearing apart."""
    return Account(
        id=account_id,
        owner_id=owner_id,
        kind=kind,
        currency=currency,
        lock_rank=LOCK_RANK[kind],
        created_at=now,
        floor_minor=None if kind in UNLIMITED else 0,
    )
