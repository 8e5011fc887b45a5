"""What the demo leaves behind: each step, each check, each statement."""

from typing import Any

import msgspec

Fact = str | int | bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened ``at_ms`` milliseconds after the start."""

    at_ms: int
    who: str
    what: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was expected and what was found; the demo fails unless they are equal."""

    name: str
    expected: Fact
    found: Fact

    @property
    def ok(self) -> bool:
        """Tell whether they are equal, ``1`` and ``True`` being different."""
        return type(self.expected) is type(self.found) and self.expected == self.found


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a statement, amounts in fen."""

    type: str
    amount_minor: int
    balance_after_minor: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """An account's entries, oldest first, and its balance in fen; ``source`` says who told."""

    who: str
    account_id: str
    source: str
    balance_minor: int
    lines: tuple[Line, ...]

    def adds_up(self) -> bool:
        """Tell whether each balance is the one before and the amount, and the last one is the account's."""
        balance = 0
        for line in self.lines:
            balance += line.amount_minor
            if balance != line.balance_after_minor:
                return False
        return balance == self.balance_minor


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; ``fault`` is set when the story broke off."""

    ok: bool
    seconds: float
    base_url: str
    steps: tuple[Step, ...]
    checks: tuple[dict[str, Any], ...]
    statements: tuple[Statement, ...]
    proofs: tuple[str, ...]
    findings: tuple[str, ...]
    fault: str | None = None
