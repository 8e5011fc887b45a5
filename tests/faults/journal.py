"""What a client wrote down itself: what it meant to do before it sent anything, what it was told afterwards.

One file per client, one JSON line per fact, each line on the disk (fsync) before the client goes on. The journals and
the database are the two witnesses that ``reconcile`` compares.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["pay", "authorize", "capture", "void", "refund"]


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag="intent"):
    """A write that is about to be sent. ``number`` is the merchant's own number of the payment or refund to create.

    ``subject`` is the payment that is captured, voided or refunded. ``key`` is the Idempotency-Key, unique in a run.
    ``expected`` is what must come of it: the state of the object, or the code of a refusal.
    """

    key: str
    kind: Kind
    client_id: str
    merchant_id: str
    target: str
    body: str
    amount_minor: int
    expected: str
    number: str | None = None
    subject: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a definite answer says; a refusal has no object. ``sha256`` is of the body."""

    status: int
    sha256: str
    object_id: str = ""
    state: str = ""
    amount_minor: int = 0
    captured_minor: int = 0
    fee_minor: int = 0
    revision: int = 0
    code: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """The definite answer to an intent. ``unknown`` attempts before it ended without one."""

    key: str
    told: Told
    unknown: int = 0


class Replay(msgspec.Struct, frozen=True, kw_only=True, tag="replay"):
    """The answer to an acknowledged write sent again, unchanged."""

    key: str
    told: Told
    marked: bool


class Operation(msgspec.Struct, kw_only=True):
    """An intent with what became of it."""

    intent: Intent
    outcome: Outcome | None = None
    replays: list[Replay] = []

    @property
    def is_acknowledged(self) -> bool:
        """Whether the platform said that it did this (a declined payment is a stored object too)."""
        return self.outcome is not None and self.outcome.told.status in {200, 201}

    @property
    def is_refused(self) -> bool:
        """Whether the platform said that it did not do this and stored nothing but the answer."""
        return self.outcome is not None and not self.is_acknowledged


class Journal:
    """One client's journal file, made new."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def write(self, line: Intent | Outcome | Replay) -> None:
        """Append ``line``; when this returns it is on the disk."""
        os.write(self._file, msgspec.json.encode(line) + b"\n")
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_journals(paths: Iterable[Path]) -> list[Operation]:
    """Return all operations of all ``paths``, each client's in the order in which it sent them."""
    decode = msgspec.json.Decoder(Intent | Outcome | Replay).decode
    found: list[Operation] = []
    for path in sorted(paths):
        by_key: dict[str, Operation] = {}
        for text in path.read_bytes().splitlines():
            line = decode(text)
            if isinstance(line, Intent):
                by_key[line.key] = Operation(intent=line)
            elif isinstance(line, Outcome):
                by_key[line.key].outcome = line
            else:
                by_key[line.key].replays.append(line)
        found.extend(by_key.values())
    return found
