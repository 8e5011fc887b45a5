"""Which language a visitor gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.web.language import Language, choose_language


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        (None, None, "zh"),
        ("en", "zh", "en"),
        ("zh", "en", "zh"),
        ("EN", "en", "en"),
        ("EN", None, "zh"),
        ("en ", "zh", "zh"),
        ("", "en", "en"),
        ("fr", "en-GB", "en"),
        (None, "en", "en"),
        (None, "EN-us", "en"),
        (None, "zh-Hant-HK", "zh"),
        (None, "en;q=0.5, zh;q=0.6", "zh"),
        (None, "zh;q=0.5,en;q=0.6", "en"),
        (None, "fr, en;q=0.3", "en"),
        (None, "fr, en;q=0.3, *;q=0.4", "zh"),
        (None, "zh;q=0, en;q=0.001", "en"),
        (None, "en;q=0", "zh"),
        (None, "zh, en", "zh"),
        (None, "en, zh", "en"),
        (None, " , en ,, ", "en"),
        (None, "en ; q=1.000", "en"),
        (None, "en;q=1.1", "zh"),
        (None, "en;q=0.1234", "zh"),
        (None, "en;q=-1", "zh"),
        (None, "en, b@d", "zh"),
        (None, "en;level=1", "zh"),
        (None, "english", "zh"),
        (None, "toolonglanguage, en", "zh"),
        (None, "en" + "," * 600, "zh"),
        (None, "*", "zh"),
        (None, "", "zh"),
    ],
)
def test_choice(query: str | None, header: str | None, language: Language) -> None:
    assert choose_language(query=query, accept_language=header) == language


@given(st.one_of(st.none(), st.text(max_size=20)), st.one_of(st.none(), st.text(max_size=600)))
def test_nothing_a_visitor_sends_breaks_the_choice(query: str | None, header: str | None) -> None:
    assert choose_language(query=query, accept_language=header) in ("zh", "en")
