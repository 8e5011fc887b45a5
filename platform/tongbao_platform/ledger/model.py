"""The book's values.

A ledger account's balance is credits minus debits: what the bank owes its owner. ``available`` = posted balance minus
held debits; held credits give no spending power (TigerBeetle's rule). Nothing here is ever edited: a transfer and its
two entries are appended, and a correction is a new transfer. The values hold only scalars, so they need no garbage
collector (``gc=False``).
"""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

AccountKind = Literal["customer", "merchant", "fee_income", "bank_settlement", "clearing", "fx_position"]
AccountStatus = Literal["open", "frozen", "closed"]
HoldStatus = Literal["open", "posted", "released", "expired"]

# Accounts are locked in this order, the hottest last, so that their locks are held for the shortest time.
LOCK_RANK: Final[dict[AccountKind, int]] = {
    "customer": 0,
    "merchant": 1,
    "bank_settlement": 2,
    "clearing": 2,
    "fx_position": 2,
    "fee_income": 3,
}


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ledger account in one currency; all amounts in its minor units.

    ``floor_minor`` is the least ``available`` may become (``None``: no limit). ``seq`` counts entries without gaps,
    ``status_changes`` how often the account was frozen, unfrozen or closed.
    """

    id: str
    owner_id: str | None
    kind: AccountKind
    currency: str
    lock_rank: int
    created_at: Instant
    floor_minor: int | None = 0
    status: AccountStatus = "open"
    posted_debits: int = 0
    posted_credits: int = 0
    held_debits: int = 0
    held_credits: int = 0
    seq: int = 0
    last_entry_at: Instant = Instant(0)
    status_changes: int = 0

    @property
    def balance_minor(self) -> int:
        """Posted credits minus posted debits."""
        return self.posted_credits - self.posted_debits

    @property
    def available_minor(self) -> int:
        """What may be spent now: the balance without what is held."""
        return self.posted_credits - self.posted_debits - self.held_debits

    def can_spend(self, amount_minor: int) -> bool:
        """Tell whether ``amount_minor`` can be taken without breaking the floor."""
        return self.floor_minor is None or self.available_minor - amount_minor >= self.floor_minor


class Transfer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An amount moved from debit to credit account. Transfers of one ``group_id`` happen all or none."""

    id: str
    group_id: str
    debit_account_id: str
    credit_account_id: str
    amount_minor: int
    currency: str
    type: str
    reference_type: str
    reference_id: str
    description: str
    hold_id: str | None
    created_at: Instant


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A transfer's effect on one account: signed amount, the account's ``seq`` and its balance afterwards."""

    account_id: str
    seq: int
    transfer_id: str
    amount_minor: int
    balance_after_minor: int
    occurred_at: Instant


class Hold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An amount reserved on the debit account for the credit account, later posted (whole or part) or released.

    ``resolved_at`` is when nothing of it was left: with it, what was held at any past moment can be told.
    """

    id: str
    debit_account_id: str
    credit_account_id: str
    amount_minor: int
    currency: str
    reference_type: str
    reference_id: str
    expires_at: Instant | None
    created_at: Instant
    posted_minor: int = 0
    released_minor: int = 0
    status: HoldStatus = "open"
    resolved_at: Instant | None = None

    @property
    def remaining_minor(self) -> int:
        """What is still reserved."""
        return self.amount_minor - self.posted_minor - self.released_minor
