"""``tongbao-server verify``: prove the books, show progress, end with a table."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from tongbao_platform.domain.chain.model import Anchor
from tongbao_platform.domain.verification.model import Report
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.processes.anchor_file import read_anchors
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.proof_jobs import patient_snapshot
from tongbao_platform.processes.table import render_table


async def run_verify(foundation: Foundation, *, anchor_file: Path | None, as_json: bool) -> tuple[int, str]:
    """Run every proof over one snapshot; return the exit status (1 when something was found) and what to print.

    ``anchor_file`` has heads that were published; without it the file of the settings, if there is one, is read.
    """
    anchors = _anchors(anchor_file, foundation.settings.chain_anchor_file)
    shown = _Progress(sys.stderr.write) if not as_json else None
    async with patient_snapshot(foundation.settings.database_url) as snapshot:
        report = await verify(
            snapshot,
            shown.told if shown else None,
            now=foundation.clock.now(),
            anchors=anchors,
            reached=shown.reached if shown else None,
        )
    text = msgspec.json.format(msgspec.json.encode(report)).decode() if as_json else _summary(report, len(anchors))
    return (0 if report.is_clean else 1), text


def _anchors(given: Path | None, configured: Path | None) -> list[Anchor]:
    if given is not None and not given.exists():
        raise FileNotFoundError(f"there is no file {given}")
    path = given or configured
    return read_anchors(path) if path is not None else []


class _Progress:
    """A line per check, and one now and then while a long chain is walked."""

    BLOCKS_PER_LINE = 1_000

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def told(self, check: str, findings: int) -> None:
        self._write(f"{'✓' if not findings else '✗'} {check}\n")

    def reached(self, check: str, block: int) -> None:
        if block % self.BLOCKS_PER_LINE == 0:
            self._write(f"  {check}: block {block}\n")


def _summary(report: Report, anchors: int) -> str:
    counts = render_table(("table", "rows"), list(report.counts.items()))
    lines = [(p.rule, p.check, p.findings or "nothing", f"{p.milliseconds / 1000:.2f}") for p in report.proven]
    lines.append(("V9", "each entry is in at most one settlement line", "not checked: there are none yet", "-"))
    proofs = render_table(("rule", "proof", "found", "seconds"), lines)
    head = f"\n{counts}\n\n{proofs}\n\nPublished heads of the hash chain compared: {anchors}."
    if report.is_clean:
        return f"{head}\nThe books are right: {len(report.checks)} proofs, nothing found."
    findings = render_table(
        ("rule", "broken rule", "subject", "detail"), [(f.rule, f.check, f.subject, f.detail) for f in report.findings]
    )
    return f"{head}\n\n{findings}\n\nThe books are NOT right."
