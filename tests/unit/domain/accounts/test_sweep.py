"""Sweeps into the clearing account and its settlement; opening clearing accounts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.factories.accounts import account
from tests.factories.rows import FakeBank
from tongbao_platform.domain.accounts import open_clearing, settle_clearing, sweep
from tongbao_platform.domain.accounts.model import ClearingAccount, ClearingState
from tongbao_platform.domain.accounts.open_clearing import OpenClearing
from tongbao_platform.domain.accounts.settle_clearing import SettleClearing
from tongbao_platform.domain.accounts.sweep import SweepAccount, Swept
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

OPEN = OpenClearing(account_id="acc_clearing", flow="sweep", currency="CNY", sla_seconds=60)
SWEEP = SweepAccount(
    reference_id="day-1", account_id="acc_shop", clearing_account_id="acc_clearing", at_most_minor=500, target_minor=100
)
SETTLE = SettleClearing(
    reference_id="out-1", clearing_account_id="acc_clearing", to_account_id="acc_bank", amount_minor=300
)


def bank(**shop: Any) -> FakeBank:
    world = FakeBank(
        [
            account("acc_shop", "mch_shop", "merchant", **shop),
            account("acc_zhang", "cus_zhang", "customer", balance_minor=900),
            account("acc_bank", None, "bank_settlement", floor_minor=None),
            account("acc_usd", "mch_shop", "merchant", currency="USD"),
        ]
    )
    world.run(open_clearing, OPEN)
    world.run(open_clearing, replace(OPEN, account_id="acc_payout", flow="payout"))
    return world


def test_a_flow_has_one_clearing_account_per_currency() -> None:
    world = bank()
    opened = world.row(ClearingAccount, "acc_clearing")
    assert (opened.flow, opened.sla_seconds, world.book.accounts["acc_clearing"].kind) == ("sweep", 60, "clearing")
    assert world.book.accounts["acc_clearing"].floor_minor == 0
    assert world.run(open_clearing, replace(OPEN, account_id="acc_second")) == opened
    assert "acc_second" not in world.book.accounts
    assert world.run(open_clearing, replace(OPEN, account_id="acc_usd_clearing", currency="USD")).currency == "USD"


@given(
    balance=st.integers(0, 1_000), held=st.integers(0, 1_000), most=st.integers(1, 1_200), target=st.integers(0, 1_200)
)
def test_a_sweep_moves_what_is_above_the_target(balance: int, held: int, most: int, target: int) -> None:
    held = min(held, balance)
    world = bank(balance_minor=balance, held_debits=held)
    swept = world.run(sweep, replace(SWEEP, at_most_minor=most, target_minor=target))
    assert swept == Swept(max(0, min(most, balance - held - target)))
    assert world.balance("acc_clearing") == swept.amount_minor
    assert world.balance("acc_shop") == balance - swept.amount_minor
    assert len(world.events) == (1 if swept.amount_minor else 0)
    shop = world.book.accounts["acc_shop"]
    assert shop.available_minor >= min(target, balance - held)


def test_a_reference_sweeps_once_even_when_there_was_nothing() -> None:
    world = bank(balance_minor=50)
    assert world.run(sweep, SWEEP) == Swept(0)
    world.put(replace(world.book.accounts["acc_shop"], posted_credits=900))
    again = world.run(sweep, SWEEP)
    assert isinstance(again, Refusal)
    assert again.code == "reference_used"
    assert world.run(sweep, replace(SWEEP, reference_id="day-2")) == Swept(500)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account_id": "acc_none"}, "not_found"),
        ({"clearing_account_id": "acc_none"}, "not_found"),
        ({"clearing_account_id": "acc_bank"}, "not_found"),
        ({"clearing_account_id": "acc_payout"}, "not_found"),
        ({"account_id": "acc_zhang"}, "wrong_account_kind"),
        ({"account_id": "acc_usd"}, "currency_mismatch"),
    ],
)
def test_what_cannot_be_swept_is_refused(changes: dict[str, str], code: str) -> None:
    world = bank(balance_minor=900)
    refusal = world.run(sweep, replace(SWEEP, **changes))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, world.book.transfers) == (code, [])


@pytest.mark.parametrize("name", ["acc_shop", "acc_clearing"])
def test_a_frozen_account_is_not_swept(name: str) -> None:
    world = bank(balance_minor=900)
    world.put(replace(world.book.accounts[name], status="frozen"))
    refusal = world.run(sweep, SWEEP)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "account_invalid_state"


@pytest.mark.parametrize("changes", [{"at_most_minor": 0}, {"target_minor": -1}])
def test_an_impossible_sweep_is_not_made(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="sweep"):
        replace(SWEEP, **changes)


def test_what_was_paid_out_leaves_the_clearing_account() -> None:
    world = bank(balance_minor=600)
    world.run(sweep, SWEEP)
    world.events.clear()
    assert world.run(settle_clearing, SETTLE) is None
    assert (world.balance("acc_clearing"), world.balance("acc_bank"), world.events) == (200, 300, [])
    back = replace(SETTLE, reference_id="back-1", to_account_id="acc_shop", amount_minor=200)
    assert world.run(settle_clearing, back) is None
    assert (world.balance("acc_clearing"), world.balance("acc_shop")) == (0, 300)
    assert [event.subject_id for event in world.events] == ["acc_shop"]
    assert [transfer.type for transfer in world.book.transfers] == ["sweep", "clearing_settlement", "clearing_return"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clearing_account_id": "acc_none"}, "not_found"),
        ({"to_account_id": "acc_none"}, "not_found"),
        ({"clearing_account_id": "acc_shop"}, "wrong_account_kind"),
        ({"to_account_id": "acc_zhang"}, "wrong_account_kind"),
        ({"to_account_id": "acc_usd"}, "currency_mismatch"),
        ({"amount_minor": 501}, "insufficient_balance"),
        ({"reference_id": "used"}, "reference_used"),
    ],
)
def test_what_cannot_be_settled_is_refused(changes: dict[str, Any], code: str) -> None:
    world = bank(balance_minor=600)
    world.run(sweep, SWEEP)
    world.run(settle_clearing, replace(SETTLE, reference_id="used", amount_minor=1))
    world.run(sweep, replace(SWEEP, reference_id="day-2", at_most_minor=1, target_minor=0))
    refusal = world.run(settle_clearing, replace(SETTLE, **changes))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, world.balance("acc_clearing")) == (code, 500)


def test_money_does_not_go_back_to_a_frozen_account() -> None:
    world = bank(balance_minor=600)
    world.run(sweep, SWEEP)
    world.put(replace(world.book.accounts["acc_shop"], status="frozen"))
    refusal = world.run(settle_clearing, replace(SETTLE, to_account_id="acc_shop"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "account_invalid_state"
    with pytest.raises(ValueError, match="at least one"):
        replace(SETTLE, amount_minor=0)


@pytest.mark.parametrize(("now", "age", "late"), [(1_000, 0, False), (61_999, 60, False), (62_000, 61, True)])
def test_a_balance_is_late_beyond_its_time(now: int, age: int, late: bool) -> None:
    state = ClearingState("acc_clearing", "sweep", "CNY", 60, 300, Instant(1_000))
    assert (state.age_seconds(Instant(now)), state.is_late(Instant(now))) == (age, late)
    settled = ClearingState("acc_clearing", "sweep", "CNY", 60, 0, None)
    assert (settled.age_seconds(Instant(now)), settled.is_late(Instant(now))) == (0, False)
