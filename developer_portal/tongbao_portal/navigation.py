"""The two generated lists in the navigation of ``mkdocs.yml``: error codes and reference pages."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tongbao_platform.http.problems import CODES

# Pages that are not one resource come first, under names of their own.
_TITLES: Final = {"index.md": "Overview", "objects.md": "Objects", "webhook-events.md": "Webhook events"}


class MarkerMissing(Exception):
    """``mkdocs.yml`` lacks the lines between which a generated list stands."""


def with_lists(configuration: str, reference: Sequence[str]) -> str:
    """Return ``configuration`` with both lists; ``reference`` are the file names of the reference pages."""
    first = [name for name in _TITLES if name in reference]
    resources = sorted(set(reference) - set(first))
    entries = [f"{_TITLES.get(name, _title(name))}: reference/{name}" for name in [*first, *resources]]
    configuration = _replaced(configuration, "reference", entries)
    return _replaced(configuration, "errors", (f"{code}: errors/{code}.md" for code in CODES))


def _title(name: str) -> str:
    return name.removesuffix(".md").replace("_", " ").replace("-", " ").capitalize()


def _replaced(text: str, name: str, entries: Iterable[str]) -> str:
    between = re.compile(rf"(?ms)^( +)# generated: {name}\n.*?^ +# end of {name}\n")
    match = between.search(text)
    if match is None:
        raise MarkerMissing(f"mkdocs.yml has no lines '# generated: {name}' and '# end of {name}'")
    indent = match.group(1)
    lines = [f"# generated: {name}", *(f"- {entry}" for entry in entries), f"# end of {name}"]
    block = "".join(f"{indent}{line}\n" for line in lines)
    return text[: match.start()] + block + text[match.end() :]
