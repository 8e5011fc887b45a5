"""The life of an account: every pair of status and step, and what each step leaves behind."""

from itertools import product
from typing import Any, get_args

import pytest

from tests.factories.accounts import account
from tests.factories.rows import FakeBank
from tongbao_platform.domain.accounts import close, freeze, unfreeze
from tongbao_platform.domain.accounts.close import CloseAccount
from tongbao_platform.domain.accounts.freeze import FreezeAccount
from tongbao_platform.domain.accounts.states import TRANSITIONS, AccountAction, advance
from tongbao_platform.domain.accounts.unfreeze import UnfreezeAccount
from tongbao_platform.execution.operation import Changes
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account, AccountStatus

STEPS: list[tuple[Any, Any]] = [
    (freeze, FreezeAccount(account_id="acc_1", reason="court order 7")),
    (unfreeze, UnfreezeAccount(account_id="acc_1", reason="order lifted")),
    (close, CloseAccount(account_id="acc_1")),
]


def shop(**changes: Any) -> Account:
    return account("acc_1", "mch_1", "merchant", **changes)


@pytest.mark.parametrize(("status", "action"), list(product(get_args(AccountStatus), get_args(AccountAction))))
def test_every_step_from_every_status(status: Any, action: Any) -> None:
    legal = {("open", "freeze"): "frozen", ("frozen", "unfreeze"): "open", ("open", "close"): "closed"}
    assert legal == TRANSITIONS
    after = advance(shop(status=status, status_changes=4), action)
    if (status, action) in legal:
        assert after == shop(status=legal[status, action], status_changes=5)
        return
    assert isinstance(after, Refusal)
    assert (after.code, after.current_status) == ("account_invalid_state", status)
    assert set(after.allowed_actions or ()) == {step for state, step in legal if state == status}


@pytest.mark.parametrize("kind", ["fee_income", "bank_settlement", "fx_position", "clearing"])
@pytest.mark.parametrize(("operation", "command"), STEPS, ids=["freeze", "unfreeze", "close"])
def test_the_banks_own_accounts_have_no_such_life(kind: Any, operation: Any, command: Any) -> None:
    bank = FakeBank([account("acc_1", None, kind)])
    refusal = bank.run(operation, command)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, bank.book.accounts["acc_1"].status) == ("wrong_account_kind", "open")


def test_each_step_is_audited_and_raises_the_revision() -> None:
    bank = FakeBank([shop(seq=6)])
    for revision, (operation, command) in enumerate(STEPS, start=8):
        changes = bank.decide(operation, command)
        assert isinstance(changes, Changes)
        assert changes.result.revision == revision
        assert [(line.action, line.object_id) for line in changes.audit] == [
            (f"account.{operation.__name__.rpartition('.')[2]}", "acc_1")
        ]
        assert changes.audit[0].detail == getattr(command, "reason", "")
        bank.apply(operation, command, changes)
    assert bank.book.accounts["acc_1"].status == "closed"


@pytest.mark.parametrize(("operation", "command"), STEPS)
def test_an_unknown_account_is_refused(operation: Any, command: Any) -> None:
    refusal = FakeBank().run(operation, command)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not_found"


@pytest.mark.parametrize(
    "full", [{"balance_minor": 1}, {"balance_minor": 5, "held_debits": 5}, {"held_credits": 5}, {"posted_debits": 1}]
)
def test_only_an_empty_account_is_closed(full: dict[str, int]) -> None:
    refusal = FakeBank([shop(**full)]).run(close, CloseAccount(account_id="acc_1"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "account_not_empty"
