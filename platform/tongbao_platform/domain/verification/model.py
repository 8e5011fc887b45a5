"""What a verification proves and what it finds."""

from typing import Final, Literal, get_args

import msgspec

from tongbao_platform.kernel.clock import Instant

# The numbers of the verifier's rules. V9 (each entry in at most one settlement line) has no table to look at yet.
Rule = Literal["V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "V11", "V12"]
RULES: Final[tuple[Rule, ...]] = get_args(Rule)


class Proof(msgspec.Struct, frozen=True):
    """A statement that must hold, and the SQL that returns (subject, detail) for whatever breaks it.

    Several proofs may belong to one ``rule``.
    """

    rule: Rule
    name: str
    sql: str


class Finding(msgspec.Struct, frozen=True):
    """One broken rule: ``check`` names it, ``subject`` the account, transfer, payment or currency concerned."""

    check: str
    subject: str
    detail: str
    rule: Rule = "V1"


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """One check that ran: how many findings it had (at most ``MOST_FINDINGS`` are looked for) and how long it took."""

    rule: Rule
    check: str
    findings: int
    milliseconds: int


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the recent past covers: what was made since ``since`` and is there at ``now``.

    ``slack_ms`` is by how much clocks of different machines may differ. At most ``most_tail`` entries of an account
    that was never proven are looked at.
    """

    since: Instant
    now: Instant
    slack_ms: int
    most_tail: int


class VerifiedAccount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Up to which ``seq`` the entries of account ``id`` have been proven, and the balance there."""

    id: str
    seq: int
    balance_minor: int


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """A number kept between runs: where one continues (an instant, a block), or how often a rule is broken."""

    id: str
    position: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All checks that ran, how many rows they looked at, and what they found."""

    checks: tuple[str, ...]
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    proven: tuple[Proven, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings
