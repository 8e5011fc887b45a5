"""The demo's printed timeline; several threads may speak."""

import threading
import time
from collections.abc import Callable
from typing import Final

from tongbao_sandbox.demo.report import Check, Fact, Step

_WIDTH: Final = 9
_STYLES: Final = {"dim": "2", "bold": "1", "good": "32", "bad": "31;1"}


class Timeline:
    """Collects steps and checks, and tells them to ``write`` as they happen; ``colored`` for terminals only."""

    def __init__(self, write: Callable[[str], object], *, colored: bool) -> None:
        self._write = write
        self._colored = colored
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self.steps: list[Step] = []
        self.checks: list[Check] = []

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def step(self, who: str, what: str) -> None:
        """Tell that something happened."""
        with self._lock:
            at_ms = int(self.seconds * 1000)
            self.steps.append(Step(at_ms=at_ms, who=who, what=what))
            moment = self._styled("dim", f"{at_ms / 1000:7.3f} s")
            self._write(f"{moment}  {self._styled('bold', who.ljust(_WIDTH))} {what}\n")

    def check(self, name: str, found: Fact, expected: Fact = True) -> None:  # noqa: FBT002 - a fact like others
        """Compare what was found with what must be."""
        with self._lock:
            # The SDK's open enums are strings; a plain one is what a report should hold.
            told = str(found) if isinstance(found, str) else found
            check = Check(name=name, expected=expected, found=told)
            self.checks.append(check)
            if check.ok:
                shown = "" if expected is True else f": {found}"
                self._write(f"{' ' * 22}{self._styled('good', '✓')} {name}{shown}\n")
            else:
                self._write(f"{' ' * 22}{self._styled('bad', '✗')} {name}: {found}, not {expected}\n")

    def text(self, text: str) -> None:
        """Print something that is no step."""
        with self._lock:
            self._write(f"{text}\n")

    def verdict(self, text: str, *, good: bool) -> None:
        """Print the last line."""
        self.text(self._styled("good" if good else "bad", text))

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._colored else text
