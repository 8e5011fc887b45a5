"""Small operations on the ledger that the committer's tests run."""

from types import SimpleNamespace
from typing import Any

import msgspec

from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import Post
from tongbao_platform.ledger.model import LOCK_RANK, Account
from tongbao_platform.outbox.event import NewEvent


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Open an account."""

    account_id: str
    kind: Any = "merchant"
    floor_minor: int | None = 0
    owner_id: str | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Move money."""

    debit: str
    credit: str
    amount_minor: int
    fail: bool = False
    told: str | None = None


def _open_keys(command: OpenAccount, found: Found) -> Keys:
    del command, found
    return Keys()


def _open_decide(rows: Rows, command: OpenAccount, now: Instant) -> Changes | Refusal:
    del rows
    account = Account(
        id=command.account_id,
        owner_id=command.owner_id,
        kind=command.kind,
        currency="CNY",
        lock_rank=LOCK_RANK[command.kind],
        created_at=now,
        floor_minor=command.floor_minor,
    )
    return Changes(result=account, insert=(account,))


def _move_keys(command: Move, found: Found) -> Keys:
    del found
    return Keys(accounts=(command.debit, command.credit))


def _move_decide(rows: Rows, command: Move, now: Instant) -> Changes | Refusal:
    del now
    if command.fail:
        raise ValueError("planted")
    debit = rows.account(command.debit)
    if debit is None or not debit.can_spend(command.amount_minor):
        return Refusal(code="insufficient_balance", detail="too little")
    posting = Post(
        debit_account_id=command.debit,
        credit_account_id=command.credit,
        amount_minor=command.amount_minor,
        type="payment",
        reference_type="test",
        reference_id="t",
    )
    events = (_look_again(rows, command.told),) if command.told is not None else ()
    return Changes(result=command.amount_minor, ledger=(posting,), events=events)


def _look_again(rows: Rows, account_id: str) -> NewEvent:
    account = rows.account(account_id)
    return NewEvent(
        type="account.transaction_posted",
        subject_type="account",
        subject_id=account_id,
        revision=account.seq + 1 if account else 0,
        merchant_ids=("mch",),
        snapshot=b"{}",
        latest_only=True,
    )


open_account: Any = SimpleNamespace(keys=_open_keys, decide=_open_decide)
move: Any = SimpleNamespace(keys=_move_keys, decide=_move_decide)
