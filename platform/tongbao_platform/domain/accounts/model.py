"""Accounts, balances and transactions as an owner sees them. All amounts are minor units of ``currency``."""

import msgspec

from tongbao_platform.kernel.clock import SECOND_MS, Instant
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


class ClearingAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger account (of the same id) through which one flow passes and which must come back to zero.

    ``sla_seconds`` is how long its balance may stay away from zero.
    """

    id: str
    flow: str
    currency: str
    sla_seconds: int
    created_at: Instant


class AccountDay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one business date (Asia/Shanghai) did to an account: ``closing`` = ``opening`` - ``debits`` + ``credits``.

    The entries are those numbered ``first_seq`` to ``last_seq``. A date without entries has no row: its balance is the
    closing one of the date before.
    """

    id: str
    account_id: str
    business_date: str
    opening_minor: int
    debits_minor: int
    credits_minor: int
    closing_minor: int
    entries: int
    first_seq: int
    last_seq: int


class EntryMark(msgspec.Struct, frozen=True):
    """When an entry occurred, and the balance it left."""

    occurred_at: Instant
    balance_after_minor: int


class ClearingState(msgspec.Struct, frozen=True):
    """A clearing account as it stands; ``since`` is the first entry after its balance was zero last."""

    account_id: str
    flow: str
    currency: str
    sla_seconds: int
    balance_minor: int
    since: Instant | None

    def age_seconds(self, now: Instant) -> int:
        """Return for how long the balance has not been zero."""
        return 0 if self.since is None else max(0, now - self.since) // SECOND_MS

    def is_late(self, now: Instant) -> bool:
        """Tell whether the balance has been away from zero for longer than it may."""
        return self.age_seconds(now) > self.sla_seconds


class KindTotals(msgspec.Struct, frozen=True):
    """The sums of all accounts of one kind and currency: a line of the trial balance."""

    currency: str
    kind: AccountKind
    accounts: int
    debits_minor: int
    credits_minor: int
    held_debits_minor: int
    held_credits_minor: int

    @property
    def balance_minor(self) -> int:
        """Credits minus debits."""
        return self.credits_minor - self.debits_minor


class RolledUp(msgspec.Struct, frozen=True):
    """How far the dates of an account are rolled up: ``covered_seq`` of ``seq`` entries."""

    account_id: str
    seq: int
    covered_seq: int


class DayTotals(msgspec.Struct, frozen=True):
    """What some consecutive entries of one business date did to an account."""

    account_id: str
    business_date: str
    debits_minor: int
    credits_minor: int
    entries: int
    first_seq: int
    last_seq: int


def account_revision(seq: int, status_changes: int = 0) -> int:
    """Return an account's revision: every entry and every new status changes it, and a new account starts at 1."""
    return seq + status_changes + 1


def view_of(account: Account) -> AccountView:
    """Show ``account`` as a resource."""
    return AccountView(
        id=account.id,
        owner_id=account.owner_id,
        kind=account.kind,
        currency=account.currency,
        status=account.status,
        created_at=account.created_at,
        revision=account_revision(account.seq, account.status_changes),
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
