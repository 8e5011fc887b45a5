"""The bank's own view of the book: what all accounts of each kind and currency come to."""

import msgspec

from tongbao_platform.domain.accounts.model import KindTotals
from tongbao_platform.domain.accounts.store import BookStore
from tongbao_platform.execution.reading import Reader


class TrialBalance(msgspec.Struct, frozen=True):
    """One line per currency and kind of account."""

    lines: tuple[KindTotals, ...]

    def sums(self) -> dict[str, int]:
        """Return the sum of all balances per currency; each is 0 in good books."""
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.currency] = sums.get(line.currency, 0) + line.balance_minor
        return sums

    @property
    def is_balanced(self) -> bool:
        """Tell whether debits equal credits in every currency, and so do the amounts held on both sides."""
        held = dict.fromkeys(self.sums(), 0)
        for line in self.lines:
            held[line.currency] += line.held_debits_minor - line.held_credits_minor
        return not any(self.sums().values()) and not any(held.values())


async def trial_balance(reader: Reader) -> TrialBalance:
    """Return the totals of one moment (one statement sees one)."""
    return TrialBalance(tuple(await BookStore(reader).totals()))
