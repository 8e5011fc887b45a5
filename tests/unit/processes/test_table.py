"""Tables line up, with Chinese text too."""

from tongbao_platform.processes.table import render_table


def test_columns_line_up_whatever_the_script() -> None:
    table = render_table(("name", "n"), [("茶", 1), ("coffee", 22)])
    assert table.splitlines() == ["name    n", "──────  ──", "茶      1", "coffee  22"]


def test_a_table_without_rows_is_its_headings() -> None:
    assert render_table(("a", "bc"), []).splitlines() == ["a  bc", "─  ──"]
