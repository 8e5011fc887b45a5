"""Amounts, times and the way back, as people and merchants read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.web.amount_text import amount_text
from tongbao_platform.web.language import Language
from tongbao_platform.web.return_link import return_link
from tongbao_platform.web.time_text import machine_time, time_text
from tongbao_platform.web.views import Amount


@pytest.mark.parametrize(
    ("value", "currency", "exponent", "shown"),
    [
        (1999, "CNY", 2, "¥19.99"),
        (5, "CNY", 2, "¥0.05"),
        (0, "CNY", 2, "¥0.00"),
        (123_456_789, "CNY", 2, "¥1,234,567.89"),
        (-50, "CNY", 2, "-¥0.50"),
        (500, "JPY", 0, "JP¥500"),
        (1250, "KWD", 3, "KWD\N{NO-BREAK SPACE}1.250"),
        (100, "USD", 2, "US$1.00"),
        (2**53 - 1, "CNY", 2, "¥90,071,992,547,409.91"),
        (12_345, "CLF", 4, "CLF\N{NO-BREAK SPACE}1.2345"),
    ],
)
def test_amounts(value: int, currency: str, exponent: int, shown: str) -> None:
    assert amount_text(Amount(value_minor=value, currency=currency, exponent=exponent)) == shown


@given(st.integers(-(2**53), 2**53), st.integers(0, 4))
def test_an_amount_can_be_read_back(value: int, exponent: int) -> None:
    shown = amount_text(Amount(value_minor=value, currency="CNY", exponent=exponent))
    digits = shown.replace("¥", "").replace(",", "").replace(".", "")
    assert int(digits) == value


def test_a_negative_exponent_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        amount_text(Amount(value_minor=1, currency="CNY", exponent=-1))


@pytest.mark.parametrize(
    ("instant", "language", "shown"),
    [
        (1_795_343_400_000, "zh", "2026年11月22日 18:30"),
        (1_795_343_400_000, "en", "22 Nov 2026, 18:30"),
        (1_798_732_859_999, "zh", "2027年1月1日 00:00"),
        (1_798_732_799_999, "en", "31 Dec 2026, 23:59"),
    ],
)
def test_times_are_those_of_shanghai(instant: int, language: Language, shown: str) -> None:
    assert time_text(Instant(instant), language) == shown


def test_machine_time_names_its_offset() -> None:
    assert machine_time(Instant(1_795_343_400_999)) == "2026-11-22T18:30:00+08:00"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://m.shop.example/done", "https://m.shop.example/done?result=a.b-_.c"),
        ("https://m.shop.example/done?x=%E5%BA%97&y", "https://m.shop.example/done?x=%E5%BA%97&y&result=a.b-_.c"),
        ("https://m.shop.example?result=forged&x=1", "https://m.shop.example?x=1&result=a.b-_.c"),
        ("https://m.shop.example?%72esult=forged", "https://m.shop.example?result=a.b-_.c"),
        ("http://127.0.0.1:8080/#/done?x", "http://127.0.0.1:8080/?result=a.b-_.c#/done?x"),
    ],
)
def test_the_result_joins_the_merchants_url(url: str, link: str) -> None:
    assert return_link(url, "a.b-_.c") == link


def test_a_result_cannot_add_parameters_of_its_own() -> None:
    assert return_link("https://m.shop.example/", "a&b=c#d") == "https://m.shop.example/?result=a%26b%3Dc%23d"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//shop.example", "/done", "https:done"])
def test_only_absolute_web_addresses_are_a_way_back(url: str) -> None:
    with pytest.raises(ValueError, match="absolute http"):
        return_link(url, "a.b.c")
