"""The few shapes that the diagrams are made of. Colours are the portal's, by class (see assets/portal.css)."""

from html import escape


def text(x: float, y: float, words: str, classes: str, anchor: str = "middle") -> str:
    """Return a line of text at (``x``, ``y``), the base line."""
    return f'<text class="{classes}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def box(x: float, y: float, size: tuple[float, float], classes: str) -> str:
    """Return a rounded box of ``size`` (width, height) whose centre is (``x``, ``y``)."""
    width, height = size
    left, top = x - width / 2, y - height / 2
    return f'<rect class="{classes}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="9"/>'


def path(d: str, classes: str, arrow: str | None = None) -> str:
    """Return a line; ``arrow`` is the id of its head."""
    head = f' marker-end="url(#{arrow})"' if arrow else ""
    return f'<path class="{classes}" d="{d}"{head}/>'


def arrow_head(name: str) -> str:
    """Return the definition of an arrow head with the id ``name``."""
    return (
        f'<defs><marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="tb-head" d="M0 0 10 5 0 10Z"/></marker></defs>'
    )


def figure(size: tuple[int, int], label: str, shapes: list[str]) -> str:
    """Return ``shapes`` as one SVG element on one line per shape; ``label`` is read to those who cannot see it."""
    width, height = size
    opening = f'<svg class="tb-diagram" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
    return "\n".join([opening, *shapes, "</svg>"])
