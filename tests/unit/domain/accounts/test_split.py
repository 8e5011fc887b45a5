"""Splitting fee income between parties, as one group."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.factories import payments
from tests.factories.accounts import account
from tests.factories.rows import FakeBank
from tongbao_platform.domain.accounts import split
from tongbao_platform.domain.accounts.split import Share, SplitFee, SplitPart
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.kernel.errors import Refusal

THREE = (Share("acc_partner", 333_333), Share("acc_scheme", 333_333), Share("acc_branch", 333_334))
SPLIT = SplitFee(reference_id="2026-11", from_account_id="acc_fee", amount_minor=100, shares=THREE)


def bank(income_minor: int = 1_000) -> FakeBank:
    return FakeBank(
        [
            account("acc_fee", None, "fee_income", balance_minor=income_minor),
            account("acc_partner", "mch_partner", "merchant"),
            account("acc_scheme", "mch_scheme", "merchant"),
            account("acc_branch", None, "fee_income"),
            account("acc_usd", "mch_partner", "merchant", currency="USD"),
        ]
    )


def test_the_parts_and_the_remainder_go_out_together() -> None:
    world = bank()
    assert world.run(split, SPLIT) == (
        SplitPart("acc_partner", 33),
        SplitPart("acc_scheme", 33),
        SplitPart("acc_branch", 34),
    )
    assert [world.balance(name) for name in ("acc_fee", "acc_partner", "acc_scheme", "acc_branch")] == [900, 33, 33, 34]
    assert len({transfer.group_id for transfer in world.book.transfers}) == 1
    assert [event.subject_id for event in world.events] == ["acc_partner", "acc_scheme"]


@given(amount=st.integers(1, 1_000), first=st.integers(1, 999_998), second=st.integers(1, 999_998))
def test_nothing_is_lost_or_made(amount: int, first: int, second: int) -> None:
    first, second = sorted((first, second)) if first != second else (first, first + 1)
    shares = (Share("acc_partner", first), Share("acc_scheme", second - first), Share("acc_branch", 1_000_000 - second))
    world = bank()
    parts = world.run(split, replace(SPLIT, amount_minor=amount, shares=shares))
    assert sum(part.amount_minor for part in parts) == amount
    assert world.balance("acc_fee") == 1_000 - amount
    assert [world.balance(part.account_id) for part in parts] == [part.amount_minor for part in parts]


def test_a_part_of_nothing_gets_no_leg() -> None:
    world = bank()
    parts = world.run(split, replace(SPLIT, amount_minor=1))
    assert [part.amount_minor for part in parts] == [0, 0, 1]
    assert [transfer.credit_account_id for transfer in world.book.transfers] == ["acc_branch"]
    assert world.events == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_account_id": "acc_none"}, "not_found"),
        ({"from_account_id": "acc_partner"}, "wrong_account_kind"),
        ({"shares": (Share("acc_none", 1_000_000),)}, "not_found"),
        ({"shares": (Share("acc_fee", 1_000_000),)}, "wrong_account_kind"),
        ({"shares": (Share("acc_usd", 1_000_000),)}, "currency_mismatch"),
        ({"amount_minor": 1_001}, "insufficient_balance"),
    ],
)
def test_what_does_not_fit_is_refused_whole(changes: dict[str, Any], code: str) -> None:
    world = bank()
    refusal = world.run(split, replace(SPLIT, **changes))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, world.book.transfers, world.claims) == (code, [], {})


def test_a_frozen_source_is_refused() -> None:
    world = bank()
    world.put(replace(world.book.accounts["acc_fee"], status="frozen"))
    refusal = world.run(split, SPLIT)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_status) == ("account_invalid_state", "frozen")


def test_a_refund_returns_its_fee_although_the_income_was_divided() -> None:
    world = payments.world()
    world.put(account("acc_partner", "mch_partner", "merchant"))
    world.run(create_payment, payments.account_payment(amount_minor=10_000))
    all_to_one = (Share("acc_partner", 1_000_000),)
    world.run(split, replace(SPLIT, amount_minor=60, shares=all_to_one))
    assert world.balance("acc_fee") == 0
    refunded = world.run(create_refund, payments.refund("1", 10_000))
    assert not isinstance(refunded, Refusal)
    assert (world.balance("acc_fee"), world.balance("acc_buyer")) == (-60, 100_000)


def test_a_closed_party_stops_the_whole_split() -> None:
    world = bank()
    world.put(replace(world.book.accounts["acc_branch"], status="closed"))
    refusal = world.run(split, SPLIT)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, world.book.transfers) == ("account_invalid_state", [])


def test_a_reference_works_once() -> None:
    world = bank()
    world.run(split, SPLIT)
    again = world.run(split, SPLIT)
    assert isinstance(again, Refusal)
    assert (again.code, world.balance("acc_fee")) == ("reference_used", 900)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 0},
        {"shares": ()},
        {"shares": (Share("acc_partner", 999_999),)},
        {"shares": (Share("acc_partner", 500_000), Share("acc_partner", 500_000))},
        {"shares": tuple(Share(f"acc_{n}", 1_000_000 // 51) for n in range(51))},
    ],
)
def test_an_impossible_command_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"share|parties"):
        replace(SPLIT, **changes)
