"""Every proof, in the order of its rule."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof
from tongbao_platform.domain.verification.proofs import accounts, clearing, entries, holds, payments, refunds, tails

PROOFS: Final[tuple[Proof, ...]] = (
    entries.SUM_ZERO,
    entries.GROUP_ZERO,
    entries.TWO_ENTRIES,
    accounts.BALANCE,
    accounts.RUNNING,
    accounts.SEQ,
    holds.HELD,
    holds.HOLD_POSTED,
    holds.HOLD_MISSING,
    accounts.FLOOR,
    payments.LEGS,
    payments.FEE_GROUP,
    payments.CAPTURED_STATUS,
    payments.HOLD,
    payments.EVENTS,
    payments.STRAY_LEGS,
    refunds.LEGS,
    refunds.EVENT,
    refunds.REFUNDED,
    refunds.ORPHANS,
    entries.ORPHANS,
    clearing.OVERDUE,
)

# Those that a look at the recent past can decide, in its scope; what an entry or an account says is followed by tails.
RECENT_PROOFS: Final[tuple[Proof, ...]] = (
    tails.ACCOUNTS_SUM,
    tails.ENTRY_TRANSFER,
    tails.FOLLOWS,
    tails.END,
    holds.HELD,
    holds.HOLD_POSTED,
    holds.HOLD_MISSING,
    accounts.FLOOR,
    payments.LEGS,
    payments.FEE_GROUP,
    payments.CAPTURED_STATUS,
    payments.HOLD,
    payments.EVENTS,
    payments.STRAY_LEGS,
    refunds.LEGS,
    refunds.EVENT,
    refunds.REFUNDED,
    refunds.ORPHANS,
    clearing.OVERDUE,
)
