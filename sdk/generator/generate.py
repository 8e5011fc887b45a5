"""Writes the SDK's generated part and the portal's reference pages from openapi/tongbao-v1.json, or compares them.

python sdk/generator/generate.py --write
python sdk/generator/generate.py --check     (exit status 1 when something differs)
"""

import argparse
import json
import sys
from pathlib import Path

from tongbao_generator.files import PAGES, SDK, generate
from tongbao_generator.format_python import RuffMissing

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "tongbao-v1.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the files, remove those no longer generated")
    mode.add_argument("--check", action="store_true", help="say which files differ from what would be written")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document to read")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder the paths start from")
    options = parser.parse_args(arguments)
    try:
        files = generate(json.loads(options.document.read_text(encoding="utf-8")))
    except RuffMissing as error:
        print(error, file=sys.stderr)
        return 2
    stale = sorted(existing(options.root) - files.keys())
    if options.write:
        write(options.root, files, stale)
        return 0
    differing = [name for name, text in sorted(files.items()) if read(options.root / name) != text]
    for name in [*differing, *stale]:
        print(f"differs from what the document says: {name}", file=sys.stderr)
    return 1 if differing or stale else 0


def existing(root: Path) -> set[str]:
    """Return the files that stand where only generated ones may."""
    found = [*(root / SDK).rglob("*.py"), *(root / PAGES).rglob("*.md")]
    return {path.relative_to(root).as_posix() for path in found}


def read(path: Path) -> str | None:
    """Return a file's text, None when there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def write(root: Path, files: dict[str, str], stale: list[str]) -> None:
    """Write what differs and remove what is stale."""
    for name in stale:
        (root / name).unlink()
    for name, text in files.items():
        path = root / name
        if read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
