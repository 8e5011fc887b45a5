"""The demo's arithmetic, and that a wrong figure is seen."""

import pytest

from tongbao_sandbox.demo.expectation import Expectation
from tongbao_sandbox.demo.report import Check, Line, Statement
from tongbao_sandbox.demo.timeline import Timeline


def _statement(*amounts: int, balance: int) -> Statement:
    lines, running = [], 0
    for amount in amounts:
        running += amount
        lines.append(Line(type="payment", amount_minor=amount, balance_after_minor=running))
    return Statement(who="shop", account_id="acc_1", source="a test", balance_minor=balance, lines=tuple(lines))


def test_a_statement_adds_up_or_not() -> None:
    assert _statement(100, -30, balance=70).adds_up()
    assert not _statement(100, -30, balance=71).adds_up()
    gap = Statement(
        who="shop",
        account_id="acc_1",
        source="a test",
        balance_minor=70,
        lines=(
            Line(type="payment", amount_minor=100, balance_after_minor=101),
            Line(type="fee", amount_minor=-30, balance_after_minor=70),
        ),
    )
    assert not gap.adds_up()


def test_what_everybody_has_at_the_end_is_what_was_brought_in() -> None:
    expected = Expectation()
    assert sum(expected.balances().values()) == expected.brought_in()
    assert expected.balances()["fee income"] == 12 + 1500 + 360 - 6


@pytest.mark.parametrize(("expected", "found"), [(1, 2), (True, False), (True, 1), ("a", "b"), (0, False)])
def test_unequal_facts_are_told(expected: int | str, found: int | str) -> None:
    written: list[str] = []
    timeline = Timeline(written.append, colored=False)
    timeline.check("a fact", found, expected)
    assert not timeline.checks[0].ok
    assert "✗ a fact" in written[0]


def test_color_is_for_terminals() -> None:
    plain: list[str] = []
    colored: list[str] = []
    for written, terminal in ((plain, False), (colored, True)):
        timeline = Timeline(written.append, colored=terminal)
        timeline.step("shop", "opens")
        timeline.check("open", found=True)
        timeline.verdict("good", good=True)
    assert "\x1b" not in "".join(plain)
    assert "\x1b" in "".join(colored)


def test_a_check_compares() -> None:
    assert Check(name="n", expected=1, found=1).ok
