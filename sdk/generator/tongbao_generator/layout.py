"""Shapes of Python source that several emitters use."""

import textwrap
from collections.abc import Iterable
from typing import Final

HEADER: Final = "# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.\n"
_WIDTH: Final = 108


def module(docstring: str, imports: str, body: Iterable[str]) -> str:
    """Return a module's text; imports it does not use are taken out afterwards."""
    return f'{HEADER}"""{docstring}"""\n\n{textwrap.dedent(imports).strip()}\n\n' + "\n".join(body) + "\n"


def doc(text: str, indent: str = "    ") -> list[str]:
    """Return ``text`` as the lines of a docstring, wrapped, with a full stop after its first sentence."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]
    escaped = [part.replace("\\", "\\\\").replace('"""', "'''") for part in paragraphs]
    lines = [line for part in escaped for line in [*textwrap.wrap(part, _WIDTH), ""]][:-1]
    if not lines:
        lines = ["Undocumented."]
    if len(lines) == 1:
        return [f'{indent}"""{_stop(lines[0])}"""']
    # A summary that does not fit one line stays one paragraph: pep257's blank line comes after the first sentence.
    first, _, rest = escaped[0].partition(". ")
    if rest and len(first) < _WIDTH:
        escaped[0:1] = [first, rest]
        lines = [line for part in escaped for line in [*textwrap.wrap(part, _WIDTH), ""]][:-1]
    lines[0] = _stop(lines[0]) if lines[1] == "" else lines[0]
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']


def _stop(line: str) -> str:
    line = line if line.endswith((".", "!", "?", ":")) else f"{line}."
    return f"{line} " if line.endswith('"') else line
