"""A check that is switched off says why, on the same line."""

import io
import re
import tokenize
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.code_base import ROOT, SOURCES, TESTS, Source, findings, sources

_SWITCH = re.compile(r"#\s*(?:noqa\b:?|type:\s*ignore|pragma:|fmt:|mypy:|ruff:)(?P<rest>.*)")
_CODES = re.compile(r"^\s*(?:\[[\w, -]*\]|[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|no cover|off|on|skip)*")
_REASON_CHARACTERS_MIN: Final = len("JSON")
_RULE = re.compile(r'^\s*"[A-Z]+\d*",?')


def switches_without_reason(file: Source) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            switch = _SWITCH.search(token.string)
            if switch and len(reason_in(switch["rest"])) < _REASON_CHARACTERS_MIN:
                yield f"{token.start[0]}: no reason in {token.string!r}"


def reason_in(text: str) -> str:
    """Return what follows the rule codes, without the dash or hash before it."""
    while True:
        rest = _CODES.sub("", text, count=1).lstrip(" -–:#,")
        rest = re.sub(r"^(?:noqa|type:\s*ignore)\b", "", rest)
        if rest == text:
            return text.strip()
        text = rest


def rules_without_reason(config: str) -> list[str]:
    """Return the lines of the lint configuration that switch a rule off and give no reason."""
    ruff = config[config.index("[tool.ruff.lint]") : config.index("[tool.ruff.format]")]
    lines = (line for line in ruff.splitlines() if _RULE.match(line))
    return [line.strip() for line in lines if "#" not in line]


def test_every_switched_off_line_says_why() -> None:
    assert findings(switches_without_reason, sources(*SOURCES, TESTS)) == []


def test_every_switched_off_rule_says_why() -> None:
    assert rules_without_reason((ROOT / "pyproject.toml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: S311",
        "# noqa: S311, SLF001",
        "# type: ignore",
        "# type: ignore[arg-type]",
        "# type: ignore[arg-type]  # noqa: S311",
        "# pragma: no cover",
    ],
)
def test_the_check_sees_a_missing_reason(comment: str) -> None:
    assert len(findings(switches_without_reason, [Source("a.py", f"x = 1  {comment}\n")])) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S311 - ids are public",
        "# type: ignore[arg-type]  # the library's annotation is too narrow",
        "# type: ignore[no-untyped-call] - jwcrypto publishes no types",
        "# an ordinary comment",
    ],
)
def test_the_check_lets_reasons_pass(comment: str) -> None:
    assert findings(switches_without_reason, [Source("a.py", f"x = 1  {comment}\n")]) == []


def test_the_check_sees_a_rule_without_reason() -> None:
    config = '[tool.ruff.lint]\nignore = [\n  "A1",  # why\n  "B2",\n]\n[tool.ruff.format]\n'
    assert rules_without_reason(config) == ['"B2",']
