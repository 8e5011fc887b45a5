"""What a verification finds."""

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One broken rule: ``check`` names it, ``subject`` the account, transfer, payment or currency concerned."""

    check: str
    subject: str
    detail: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All checks that ran, how many rows they looked at, and what they found (at most ``limit`` each)."""

    checks: tuple[str, ...]
    counts: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings
