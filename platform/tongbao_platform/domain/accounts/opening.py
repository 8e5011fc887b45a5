"""New accounts of the book, as values."""

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import LOCK_RANK, Account, AccountKind


def new_account(account_id: str, owner_id: str | None, kind: AccountKind, currency: str, now: Instant) -> Account:
    """Return an empty account; only the bank's own settlement account may fall below zero."""
    return Account(
        id=account_id,
        owner_id=owner_id,
        kind=kind,
        currency=currency,
        lock_rank=LOCK_RANK[kind],
        created_at=now,
        floor_minor=None if kind == "bank_settlement" else 0,
    )
