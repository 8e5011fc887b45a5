"""Both languages say the same things, and every text is used."""

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import tongbao_platform.web
from tongbao_platform.web.texts import TEXTS, text
from tongbao_platform.web.views import ConfirmProblem, DeclineReason, LoginNotice, LoginProblem, ProblemKind

KEYS = sorted(TEXTS["zh"])
TEMPLATES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((Path(tongbao_platform.web.__file__).parent / "templates").glob("*.html"))
)


def _places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(TEXTS["zh"]) == list(TEXTS["en"])


@pytest.mark.parametrize("key", KEYS)
def test_a_text_is_filled_with_the_same_values_in_both_languages(key: str) -> None:
    zh, en = TEXTS["zh"][key], TEXTS["en"][key]
    assert zh.strip()
    assert en.strip()
    assert _places(zh) == _places(en)
    assert zh != en
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", en)


def test_every_code_a_view_can_hold_has_its_words() -> None:
    needed = {f"problem.{code}" for union in (LoginProblem, ConfirmProblem) for code in get_args(union)}
    needed |= {f"declined.{code}" for code in get_args(DeclineReason)}
    needed |= {f"problem_page.{kind}.{part}" for kind in get_args(ProblemKind) for part in ("title", "body")}
    needed |= {f"login.notice.{notice}.{part}" for notice in get_args(LoginNotice) for part in ("title", "body")}
    assert needed <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_text_is_used(key: str) -> None:
    built = ("account.", "problem.", "declined.", "problem_page.", "login.notice.", "too_many_requests.body.")
    outcome = re.fullmatch(r"[a-z_]+\.(title|body)", key)
    assert f'"{key}"' in TEMPLATES or f"'{key}'" in TEMPLATES or key.startswith(built) or outcome


def test_a_missing_value_or_key_is_an_error_and_values_are_not_patterns() -> None:
    with pytest.raises(KeyError):
        text("en", "back.to")
    with pytest.raises(KeyError):
        text("en", "no.such.text")
    assert text("en", "back.to", merchant="{0.__class__} {merchant}") == "Back to {0.__class__} {merchant}"
