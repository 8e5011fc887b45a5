"""Heads as they leave the database: one line of JSON each, for a file, a log or another institution."""

from collections.abc import Iterable, Iterator

import msgspec

from tongbao_platform.domain.chain.model import Anchor, ChainHead
from tongbao_platform.kernel.clock import format_instant


class AnchorUnreadable(Exception):
    """A line that was published is not one any more; the message has its number."""


def anchor_of(head: ChainHead) -> Anchor:
    """Return what is published of ``head``."""
    return Anchor(chain=head.id, number=head.number, hash=head.hash.hex(), sealed_at=format_instant(head.sealed_at))


def write_line(anchor: Anchor) -> bytes:
    """Return the line, with its end."""
    return msgspec.json.encode(anchor) + b"\n"


def read_lines(lines: Iterable[bytes]) -> Iterator[Anchor]:
    """Yield the anchors of ``lines``; ``AnchorUnreadable`` when one is damaged.

    Only the very last line may be incomplete: its writer was stopped in the middle.
    """
    decode = msgspec.json.Decoder(Anchor).decode
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            return
        try:
            yield decode(line)
        except msgspec.MsgspecError as error:
            raise AnchorUnreadable(f"line {number} of the anchors is damaged") from error
