"""The anchor file: heads of the hash chain outside the database, appended and never rewritten.

Its worth is that whoever can edit the database cannot edit it: put it on another machine, or on storage that only
appends.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from tongbao_platform.domain.chain.anchors import read_lines, write_line
from tongbao_platform.domain.chain.model import Anchor


def append_anchors(path: Path, anchors: Iterable[Anchor]) -> None:
    """Append one line per anchor in one write, and wait until it is on the disk. ``OSError`` when that fails."""
    lines = b"".join(write_line(anchor) for anchor in anchors)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, lines)
        os.fsync(handle)
    finally:
        os.close(handle)


def read_anchors(path: Path) -> list[Anchor]:
    """Return what was published; nothing when the file does not exist yet. ``AnchorUnreadable`` when it is damaged."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return list(read_lines(file))
