"""Accounts, balances and transactions as an owner sees them. All amounts are minor units of ``currency``."""

import msgspec

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import Account, AccountKind, AccountStatus


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the book as a resource."""

    id: str
    owner_id: str | None
    kind: AccountKind
    currency: str
    status: AccountStatus
    created_at: Instant
    revision: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds: ``available`` = ``posted`` - ``held``, as of its last entry (or its opening)."""

    account_id: str
    currency: str
    posted_minor: int
    available_minor: int
    held_minor: int
    as_of: Instant


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """An entry joined with its transfer. ``amount_minor`` is signed: positive came in."""

    id: str
    account_id: str
    seq: int
    currency: str
    amount_minor: int
    balance_after_minor: int
    type: str
    reference_type: str
    reference_id: str
    description: str
    occurred_at: Instant


def account_revision(seq: int) -> int:
    """Return an account's revision: every entry changes the account, and a new one starts at 1."""
    return seq + 1


def view_of(account: Account) -> AccountView:
    """Show ``account`` as a resource."""
    return AccountView(
        id=account.id,
        owner_id=account.owner_id,
        kind=account.kind,
        currency=account.currency,
        status=account.status,
        created_at=account.created_at,
        revision=account_revision(account.seq),
    )


def balance_of(account: Account) -> Balance:
    """Show what ``account`` holds."""
    return Balance(
        account_id=account.id,
        currency=account.currency,
        posted_minor=account.balance_minor,
        available_minor=account.available_minor,
        held_minor=account.held_debits,
        as_of=max(account.last_entry_at, account.created_at),
    )
