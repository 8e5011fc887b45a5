"""Plain text tables for operators' eyes."""

import unicodedata
from collections.abc import Sequence


def render_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns under ``headings``; wide (Chinese) characters count twice."""
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [
        max(_width(heading), *(_width(line[i]) for line in lines)) if lines else _width(heading)
        for i, heading in enumerate(headings)
    ]
    ruled = [list(headings), ["─" * width for width in widths], *lines]
    return "\n".join("  ".join(_padded(cell, widths[i]) for i, cell in enumerate(line)).rstrip() for line in ruled)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
