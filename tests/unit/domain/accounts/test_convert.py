"""Conversions: nothing lost or made in either currency, and every way to be refused."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.factories.accounts import account
from tests.factories.rows import FakeBank
from tongbao_platform.domain.accounts import convert
from tongbao_platform.domain.accounts.convert import Converted, ConvertMoney
from tongbao_platform.domain.accounts.rates import Rate, converted_minor, read_rate
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.money import fee_minor

SELL = ConvertMoney(
    reference_id="fx-1",
    from_account_id="acc_cny",
    to_account_id="acc_usd",
    from_position_id="acc_fx_cny",
    to_position_id="acc_fx_usd",
    fee_account_id="acc_fee",
    sell_minor=100_000,
    rate=read_rate("0.1384"),
    margin_ppm=2_500,
)


def bank(funds_minor: int = 100_000) -> FakeBank:
    return FakeBank(
        [
            account("acc_cny", "mch_shop", "merchant", balance_minor=funds_minor),
            account("acc_usd", "mch_shop", "merchant", currency="USD"),
            account("acc_other", "mch_other", "merchant", currency="USD"),
            account("acc_yuan", "mch_shop", "merchant"),
            account("acc_fx_cny", None, "fx_position", floor_minor=None),
            account("acc_fx_usd", None, "fx_position", currency="USD", floor_minor=None),
            account("acc_fee", None, "fee_income"),
        ]
    )


def test_four_entries_and_the_margin() -> None:
    world = bank()
    assert world.run(convert, SELL) == Converted(sold_minor=100_000, margin_minor=250, bought_minor=13_805)
    assert {name: world.balance(name) for name in ("acc_cny", "acc_usd", "acc_fx_cny", "acc_fx_usd", "acc_fee")} == {
        "acc_cny": 0,
        "acc_usd": 13_805,
        "acc_fx_cny": 99_750,
        "acc_fx_usd": -13_805,
        "acc_fee": 250,
    }
    assert len({transfer.group_id for transfer in world.book.transfers}) == 1
    assert {transfer.description for transfer in world.book.transfers} == {"CNY/USD 1384/10000"}
    assert [(event.subject_id, event.revision) for event in world.events] == [("acc_cny", 3), ("acc_usd", 2)]


@given(
    sell=st.integers(1, 2**53 - 1),
    numerator=st.integers(1, 10**12),
    denominator=st.integers(1, 10**12),
    margin_ppm=st.integers(0, 999_999),
)
def test_no_unit_is_lost_or_made(sell: int, numerator: int, denominator: int, margin_ppm: int) -> None:
    world = bank(sell)
    result = world.run(
        convert, replace(SELL, sell_minor=sell, rate=Rate(numerator, denominator), margin_ppm=margin_ppm)
    )
    by_currency = {"CNY": sell, "USD": 0}
    for held in world.book.accounts.values():
        by_currency[held.currency] -= held.balance_minor
    assert by_currency == {"CNY": 0, "USD": 0}
    if isinstance(result, Refusal):
        bought = (sell - fee_minor(sell, margin_ppm)) * numerator // denominator
        assert result.code == ("amount_too_small" if bought < 1 else "amount_too_large")
        assert bought < 1 or bought > 2**53 - 1
        assert world.book.transfers == []
        return
    assert result.margin_minor == fee_minor(sell, margin_ppm)
    exchanged = sell - result.margin_minor
    assert world.balance("acc_fx_cny") == exchanged
    assert world.balance("acc_usd") == -world.balance("acc_fx_usd") == result.bought_minor
    # Rounded down: at most one minor unit less than the exact value, and never more.
    assert 0 <= exchanged * numerator - result.bought_minor * denominator < denominator


@given(one=st.integers(1, 10**9), other=st.integers(1, 10**9), rate=st.integers(1, 10**8))
def test_cutting_an_amount_up_never_buys_more(one: int, other: int, rate: int) -> None:
    price = Rate(rate, 10**4)
    apart = converted_minor(one, price, "CNY", "USD") + converted_minor(other, price, "CNY", "USD")
    assert apart <= converted_minor(one + other, price, "CNY", "USD") <= apart + 1


@pytest.mark.parametrize(
    ("sold", "currencies", "rate", "bought"),
    [
        (1_000, ("CNY", "JPY"), "21.5", 215),
        (215, ("JPY", "CNY"), "0.0465", 999),
        (1_000, ("CNY", "KWD"), "0.0424", 424),
        (424, ("KWD", "CNY"), "23.58", 999),
        (1, ("CNY", "USD"), "0.1384", 0),
    ],
)
def test_minor_units_of_both_currencies_count(sold: int, currencies: tuple[str, str], rate: str, bought: int) -> None:
    assert converted_minor(sold, read_rate(rate), *currencies) == bought


@given(whole=st.integers(0, 999_999_999), digits=st.text("0123456789", max_size=12))
def test_a_rate_is_read_exactly(whole: int, digits: str) -> None:
    assume(whole or digits.strip("0"))
    rate = read_rate(f"{whole}.{digits}" if digits else f"{whole}")
    assert rate == Rate(int(f"{whole}{digits}"), 10 ** len(digits))


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "+1", "1e3", "1.", ".5", "01", "1,5", " 1", "1 ", "١", "1.0000000000001", "nan"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        read_rate(text)


@pytest.mark.parametrize(
    "changes", [{"sell_minor": 0}, {"sell_minor": -1}, {"margin_ppm": -1}, {"margin_ppm": 1_000_000}]
)
def test_an_impossible_command_is_not_made(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="margin"):
        replace(SELL, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_account_id": "acc_none"}, "not_found"),
        ({"fee_account_id": "acc_none"}, "not_found"),
        ({"to_account_id": "acc_other"}, "wrong_account_owner"),
        ({"from_account_id": "acc_fx_cny"}, "wrong_account_owner"),
        ({"from_position_id": "acc_fee"}, "wrong_account_kind"),
        ({"to_position_id": "acc_fee"}, "wrong_account_kind"),
        ({"fee_account_id": "acc_fx_cny"}, "wrong_account_kind"),
        ({"to_account_id": "acc_yuan"}, "currency_mismatch"),
        ({"from_position_id": "acc_fx_usd"}, "currency_mismatch"),
        ({"to_position_id": "acc_fx_cny"}, "currency_mismatch"),
        ({"sell_minor": 100_001}, "insufficient_balance"),
        ({"sell_minor": 3, "margin_ppm": 0}, "amount_too_small"),
        ({"rate": Rate(10**12, 1)}, "amount_too_large"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_moves(changes: dict[str, Any], code: str) -> None:
    world = bank()
    refusal = world.run(convert, replace(SELL, **changes))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, world.book.transfers, world.claims) == (code, [], {})


@pytest.mark.parametrize("name", ["acc_cny", "acc_usd", "acc_fx_cny", "acc_fx_usd", "acc_fee"])
def test_every_account_must_be_open(name: str) -> None:
    world = bank()
    world.put(replace(world.book.accounts[name], status="frozen"))
    refusal = world.run(convert, SELL)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_status) == ("account_invalid_state", "frozen")


def test_a_reference_works_once() -> None:
    world = bank(200_000)
    assert isinstance(world.run(convert, SELL), Converted)
    again = world.run(convert, SELL)
    assert isinstance(again, Refusal)
    assert (again.code, world.balance("acc_cny")) == ("reference_used", 100_000)
