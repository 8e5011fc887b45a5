"""Static files: named by content, cached for ever, harmless; and a palette that everybody can read."""

import hashlib
import re

import pytest

from tongbao_platform.web.static_files import find_static, static_source, static_url

CSS = static_source("checkout.css").decode()

# (text or mark, ground): every pair of colors that meets on a page. Text needs 4.5 (WCAG 1.4.3).
TEXT_PAIRS = [
    ("ink", "card"),
    ("ink", "paper"),
    ("ink-soft", "card"),
    ("ink", "bad-tint"),
    ("bad", "bad-tint"),
    ("bad", "card"),
    ("ink", "calm-tint"),
    ("calm", "calm-tint"),
    ("good", "good-tint"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("brand", "card"),
    ("on-band", "band"),
    ("on-band-soft", "band"),
    ("on-band", "band-line"),
    ("on-band-soft", "band-line"),
    ("brass", "band"),
    ("brass", "band-line"),
]
# Outlines of fields, marks and focus need 3 (WCAG 1.4.11).
OUTLINE_PAIRS = [
    ("control", "card"),
    ("brand", "card"),
    ("bad", "card"),
    ("focus", "card"),
    ("focus", "bad-tint"),
    ("focus-on-band", "band"),
]


def _palette(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


LIGHT_BLOCK, DARK_BLOCK = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
LIGHT = _palette(LIGHT_BLOCK)
PALETTES = {"light": LIGHT, "dark": LIGHT | _palette(DARK_BLOCK)}


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize(("front", "ground"), TEXT_PAIRS)
def test_text_can_be_read(scheme: str, front: str, ground: str) -> None:
    assert contrast(PALETTES[scheme][front], PALETTES[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize(("front", "ground"), OUTLINE_PAIRS)
def test_outlines_can_be_seen(scheme: str, front: str, ground: str) -> None:
    assert contrast(PALETTES[scheme][front], PALETTES[scheme][ground]) >= 3


def test_every_color_has_a_name_and_every_name_is_tested_or_decoration() -> None:
    rules = CSS.replace(LIGHT_BLOCK, "").replace(DARK_BLOCK, "")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules) == []
    tested = {name for pair in TEXT_PAIRS + OUTLINE_PAIRS for name in pair}
    assert set(LIGHT) - tested == {"line"}
    assert set(re.findall(r"var\(--([a-z-]+)\)", rules)) == set(LIGHT)


def test_the_style_sheet_reaches_for_nothing_outside() -> None:
    assert not re.search(r"url\(|@import|@font-face|expression", CSS)
    assert "prefers-reduced-motion" in CSS


@pytest.mark.parametrize("name", ["checkout.css", "mark.svg"])
def test_served_under_a_name_of_its_content_for_ever(name: str) -> None:
    body = static_source(name)
    stem, _, ending = name.rpartition(".")
    url = static_url(name)
    assert url == f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{ending}"
    file = find_static(url.removeprefix("/static/"))
    assert file is not None
    assert file.body == body
    assert file.headers == (
        ("Content-Type", {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}[ending]),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    )


@pytest.mark.parametrize("name", ["", "checkout.css", "../page.py", "checkout.0000000000000000.css", "check.svg"])
def test_nothing_else_is_served(name: str) -> None:
    assert find_static(name) is None


@pytest.mark.parametrize("name", ["mark", "coin", "check", "clock", "cross", "lock", "info", "alert", "shield"])
def test_drawings_are_safe_to_stand_inside_a_page(name: str) -> None:
    drawing = static_source(f"{name}.svg").decode()
    assert set(re.findall(r"<([a-z]+)", drawing)) <= {"svg", "path", "circle", "rect"}
    assert not re.search(r"style|href|\son|<!|&", drawing.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    assert 'aria-hidden="true"' in drawing
