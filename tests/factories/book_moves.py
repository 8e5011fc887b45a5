"""An operation that asks the book for whatever a test wants, through the real committer."""

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import LedgerInstruction, OpenHold, Post, PostAtMost, PostHold, ReleaseHold
from tongbao_platform.ledger.model import Hold


class MoveMoney(msgspec.Struct, frozen=True):
    """Instructions of one group; ``hold_accounts`` are the two of a hold that is posted or released."""

    instructions: tuple[LedgerInstruction, ...]
    hold_accounts: tuple[str, ...] = ()


def keys(command: MoveMoney, found: Found) -> Keys:
    """Name what the instructions touch."""
    del found
    accounts = set(command.hold_accounts)
    holds = set()
    for instruction in command.instructions:
        if isinstance(instruction, Post | PostAtMost | OpenHold):
            accounts |= {instruction.debit_account_id, instruction.credit_account_id}
        if isinstance(instruction, PostHold | ReleaseHold):
            holds.add(instruction.hold_id)
    return Keys(rows=tuple((Hold, hold_id) for hold_id in sorted(holds)), accounts=tuple(sorted(accounts)))


def decide(rows: Rows, command: MoveMoney, now: Instant) -> Changes | Refusal:
    """Do as told."""
    del rows, now
    return Changes(result=None, ledger=command.instructions)


def post(debit: str, credit: str, amount_minor: int) -> Post:
    """Return a transfer."""
    return Post(
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=amount_minor,
        type="test",
        reference_type="test",
        reference_id="test",
    )


def hold(hold_id: str, debit: str, credit: str, amount_minor: int) -> OpenHold:
    """Return a reservation."""
    return OpenHold(
        hold_id=hold_id,
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=amount_minor,
        reference_type="test",
        reference_id="test",
    )
