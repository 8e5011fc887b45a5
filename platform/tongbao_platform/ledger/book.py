"""The accounts and holds of one batch, and what was appended to them.

A ``Book`` starts from loaded values. ``apply`` works on a draft and merges it only when every instruction kept the
rules, so that a refused operation leaves no trace.
"""

from collections.abc import Iterator, Sequence

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger import rules
from tongbao_platform.ledger.instructions import LedgerInstruction, OpenHold, Post, PostAtMost, PostHold, ReleaseHold
from tongbao_platform.ledger.model import Account, Entry, Hold, Transfer
from tongbao_platform.ledger.states import LedgerRuleBroken


class Book:
    """Working values of the ledger for one batch; ``changed_*`` and the lists are what must be written."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.holds: dict[str, Hold] = {}
        self.changed_accounts: set[str] = set()
        self.changed_holds: set[str] = set()
        self.new_holds: set[str] = set()
        self.transfers: list[Transfer] = []
        self.entries: list[Entry] = []

    def apply(self, instructions: Sequence[LedgerInstruction], transfer_ids: Iterator[str], now: Instant) -> None:
        """Apply ``instructions`` as one group at ``now``; raise ``LedgerRuleBroken`` when one breaks a rule."""
        draft = _Draft(self, transfer_ids, now)
        for instruction in instructions:
            if isinstance(instruction, Post):
                draft.post(instruction)
            elif isinstance(instruction, PostHold):
                draft.post_hold(instruction)
            elif isinstance(instruction, OpenHold):
                draft.open_hold(instruction)
            elif isinstance(instruction, ReleaseHold):
                draft.release_hold(instruction)
            else:
                draft.post_at_most(instruction)
        self._merge(draft)

    def take_appended(self) -> tuple[list[Transfer], list[Entry]]:
        """Hand over the transfers and entries appended since the last time: nothing changes them any more."""
        appended = self.transfers, self.entries
        self.transfers, self.entries = [], []
        return appended

    def _merge(self, draft: "_Draft") -> None:
        self.accounts.update(draft.accounts)
        self.changed_accounts.update(draft.accounts)
        self.transfers.extend(draft.transfers)
        self.entries.extend(draft.entries)
        if draft.holds:
            self.holds.update(draft.holds)
            self.new_holds.update(draft.new_holds)
            self.changed_holds.update(draft.holds.keys() - self.new_holds)


class _Draft:
    """One operation's effect on the book, not yet merged."""

    def __init__(self, book: Book, transfer_ids: Iterator[str], now: Instant) -> None:
        self._book = book
        self._transfer_ids = transfer_ids
        self._now = now
        self._group_id: str | None = None
        self.accounts: dict[str, Account] = {}
        self.holds: dict[str, Hold] = {}
        self.new_holds: set[str] = set()
        self.transfers: list[Transfer] = []
        self.entries: list[Entry] = []

    def post(self, wanted: Post) -> None:
        debit, credit = self._pair(wanted.debit_account_id, wanted.credit_account_id, wanted.amount_minor)
        rules.check_open(debit)
        rules.check_open(credit)
        self._move(debit, credit, wanted, None, 0)

    def post_at_most(self, wanted: PostAtMost) -> None:
        amount_minor = rules.spare(self._account(wanted.debit_account_id), wanted.at_most_minor, wanted.keep_minor)
        if amount_minor == 0:
            return
        self.post(
            Post(
                debit_account_id=wanted.debit_account_id,
                credit_account_id=wanted.credit_account_id,
                amount_minor=amount_minor,
                type=wanted.type,
                reference_type=wanted.reference_type,
                reference_id=wanted.reference_id,
                description=wanted.description,
            )
        )

    def post_hold(self, wanted: PostHold) -> None:
        open_hold = self._hold(wanted.hold_id)
        hold, freed = rules.post_part(open_hold, wanted.amount_minor, final=wanted.final, now=self._now)
        debit, credit = self._pair(hold.debit_account_id, hold.credit_account_id, wanted.amount_minor)
        posting = Post(
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount_minor=wanted.amount_minor,
            type=wanted.type,
            reference_type=hold.reference_type,
            reference_id=hold.reference_id,
            description=wanted.description,
        )
        self._move(debit, credit, posting, hold.id, freed)
        self.holds[hold.id] = hold

    def open_hold(self, wanted: OpenHold) -> None:
        debit, credit = self._pair(wanted.debit_account_id, wanted.credit_account_id, wanted.amount_minor)
        rules.check_open(debit)
        rules.check_open(credit)
        hold = Hold(
            id=wanted.hold_id,
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount_minor=wanted.amount_minor,
            currency=debit.currency,
            reference_type=wanted.reference_type,
            reference_id=wanted.reference_id,
            expires_at=wanted.expires_at,
            created_at=self._now,
        )
        self.accounts[debit.id], self.accounts[credit.id] = rules.reserve(debit, credit, hold)
        self.holds[hold.id] = hold
        self.new_holds.add(hold.id)

    def release_hold(self, wanted: ReleaseHold) -> None:
        hold, freed = rules.release_rest(self._hold(wanted.hold_id), expired=wanted.expired, now=self._now)
        debit, credit = self._account(hold.debit_account_id), self._account(hold.credit_account_id)
        self.accounts[debit.id], self.accounts[credit.id] = rules.unreserve(debit, credit, freed)
        self.holds[hold.id] = hold

    def _move(self, debit: Account, credit: Account, wanted: Post, hold_id: str | None, freed_minor: int) -> None:
        transfer_id = next(self._transfer_ids)
        if self._group_id is None:
            self._group_id = transfer_id
        transfer = Transfer(
            id=transfer_id,
            group_id=self._group_id,
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount_minor=wanted.amount_minor,
            currency=debit.currency,
            type=wanted.type,
            reference_type=wanted.reference_type,
            reference_id=wanted.reference_id,
            description=wanted.description,
            hold_id=hold_id,
            created_at=self._now,
        )
        self.accounts[debit.id], debit_entry = rules.take(debit, transfer, freed_minor)
        self.accounts[credit.id], credit_entry = rules.give(credit, transfer, freed_minor)
        self.transfers.append(transfer)
        self.entries.append(debit_entry)
        self.entries.append(credit_entry)

    def _pair(self, debit_id: str, credit_id: str, amount_minor: int) -> tuple[Account, Account]:
        debit, credit = self._account(debit_id), self._account(credit_id)
        rules.check_pair(debit, credit, amount_minor)
        return debit, credit

    def _account(self, account_id: str) -> Account:
        account = self.accounts.get(account_id) or self._book.accounts.get(account_id)
        if account is None:
            raise LedgerRuleBroken(f"account {account_id} was not among the keys")
        return account

    def _hold(self, hold_id: str) -> Hold:
        hold = self.holds.get(hold_id) or self._book.holds.get(hold_id)
        if hold is None:
            raise LedgerRuleBroken(f"hold {hold_id} was not among the keys")
        return hold
