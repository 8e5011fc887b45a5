"""Writes the generated parts of the developer portal, or tells whether they are what the code says.

``python -m tongbao_portal.build --write`` or ``--check`` (exit status 1 when something differs). Generated are the
pages of error codes, the signing example, the diagrams, the table of settings, and two lists in
the navigation of ``mkdocs.yml``.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from tongbao_portal.diagrams.payment_states import payment_states
from tongbao_portal.diagrams.story import story
from tongbao_portal.error_pages import error_pages
from tongbao_portal.languages import LANGUAGES
from tongbao_portal.navigation import with_lists
from tongbao_portal.settings_table import settings_table
from tongbao_portal.signing_example import signing_example

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = "developer_portal/docs"
SNIPPETS: Final = f"{DOCS}/snippets"
REFERENCE: Final = f"{DOCS}/reference"
CONFIGURATION: Final = "mkdocs.yml"
VECTORS: Final = "openapi/signature-vectors/requests.json"


def generate(root: Path) -> dict[str, str]:
    """Return the text of every generated file by its path from ``root``."""
    files = {f"{DOCS}/{name}": text for name, text in error_pages().items()}
    files |= {f"{SNIPPETS}/{name}": text for name, text in signing_example((root / VECTORS).read_bytes()).items()}
    files[f"{SNIPPETS}/settings.md"] = settings_table()
    for language in LANGUAGES:
        files[f"{SNIPPETS}/story.{language}.html"] = story(language)
        files[f"{SNIPPETS}/payment-states.{language}.html"] = payment_states(language)
    reference = sorted(path.name for path in (root / REFERENCE).glob("*.md"))
    configuration = (root / CONFIGURATION).read_text(encoding="utf-8")
    files[CONFIGURATION] = with_lists(configuration, reference)
    return files


def stale_files(root: Path, files: dict[str, str]) -> list[str]:
    """Return what stands among generated files and is generated no more."""
    found = [
        *(root / DOCS / "errors").glob("*.md"),
        *(root / DOCS / "zh" / "errors").glob("*.md"),
        *(path for path in (root / SNIPPETS).rglob("*") if path.is_file()),
    ]
    return sorted({path.relative_to(root).as_posix() for path in found} - files.keys())


def differences(root: Path) -> list[str]:
    """Return the paths that are not what would be written."""
    files = generate(root)
    differing = [name for name, text in files.items() if _read(root / name) != text]
    return sorted([*differing, *stale_files(root, files)])


def write(root: Path) -> None:
    """Write what differs and remove what is stale."""
    files = generate(root)
    for name in stale_files(root, files):
        (root / name).unlink()
    for name, text in files.items():
        path = root / name
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="tongbao_portal.build", description="Generated parts of the portal.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write what differs, remove what is stale")
    mode.add_argument("--check", action="store_true", help="name what differs; exit status 1 when something does")
    options = parser.parse_args(arguments)
    if options.write:
        write(ROOT)
        return 0
    differing = differences(ROOT)
    for name in differing:
        sys.stderr.write(f"differs from what the code says (make sdk writes it): {name}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
