"""Writes ``openapi/tongbao-v1.json``, or tells whether it is what the code says.

``python -m tongbao_platform.processes.openapi --write`` or ``--check``.
"""

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Final

from tongbao_platform.api.document.build import build_document
from tongbao_platform.api.v1.operations import OPERATIONS

_TARGET: Final = Path(__file__).resolve().parents[3] / "openapi" / "tongbao-v1.json"


def document_text() -> str:
    """Return the document's text: two spaces, members in a stable order, a final line feed."""
    return json.dumps(build_document(OPERATIONS), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the document, or compare it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the file")
    mode.add_argument("--check", action="store_true", help="fail when the file differs")
    parser.add_argument("--file", type=Path, default=_TARGET, help="another file than openapi/tongbao-v1.json")
    options = parser.parse_args(arguments)
    text = document_text()
    if options.write:
        options.file.write_text(text, encoding="utf-8")
        return 0
    committed = options.file.read_text(encoding="utf-8") if options.file.exists() else ""
    if committed == text:
        return 0
    difference = difflib.unified_diff(committed.splitlines(), text.splitlines(), "committed", "code", lineterm="", n=2)
    sys.stderr.write("\n".join(list(difference)[:80]) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
