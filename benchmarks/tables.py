"""Tables in Markdown, which reads well on a terminal too, and the place on a page where they stand."""

from collections.abc import Sequence
from typing import Final

from benchmarks.figures import Middle

NONE: Final = "–"


def put_between(page: str, name: str, text: str) -> str:
    """Return ``page`` with what stands between the markers ``name`` replaced; ``ValueError`` when they are absent."""
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the page lacks the markers {name}")
    return f"{before}{first}\n\n{text.strip()}\n\n{last}{after}"


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left, the others to the right, all cells padded."""
    widths = [max(3, *(len(line[i]) for line in (headings, *lines))) for i in range(len(headings))]

    def row(cells: Sequence[str]) -> str:
        padded = [cell.ljust(widths[0]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(cells)]
        return f"| {' | '.join(padded)} |"

    ruler = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([row(headings), row(ruler), *(row(line) for line in lines)])


def number(value: float | None, digits: int = 0) -> str:
    """Return ``value`` with ``digits`` decimals, or a dash when there is none."""
    return NONE if value is None else f"{value:,.{digits}f}"


def spread(value: Middle | None, digits: int = 0) -> str:
    """Return median and range, e.g. ``1,234 (1,200 … 1,300)``."""
    if value is None:
        return NONE
    if value.low == value.high:
        return number(value.median, digits)
    return f"{number(value.median, digits)} ({number(value.low, digits)} … {number(value.high, digits)})"
