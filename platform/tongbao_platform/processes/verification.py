"""``tongbao-server verify``: prove the books, show progress, end with a table."""

import sys
from collections.abc import Callable

import msgspec

from tongbao_platform.domain.verification.model import Report
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.reading import EngineReader
from tongbao_platform.processes.table import render_table


async def run_verify(reader: EngineReader, *, as_json: bool) -> tuple[int, str]:
    """Run every proof over one snapshot; return the exit status (1 when something was found) and what to print."""
    async with reader.snapshot() as snapshot:
        report = await verify(snapshot, None if as_json else _progress(sys.stderr.write))
    text = msgspec.json.format(msgspec.json.encode(report)).decode() if as_json else _summary(report)
    return (0 if report.is_clean else 1), text


def _progress(write: Callable[[str], object]) -> Callable[[str, int], None]:
    def told(check: str, findings: int) -> None:
        write(f"{'✓' if not findings else '✗'} {check}\n")

    return told


def _summary(report: Report) -> str:
    counts = render_table(("table", "rows"), list(report.counts.items()))
    if report.is_clean:
        return f"\n{counts}\n\nThe books are right: {len(report.checks)} proofs, nothing found."
    findings = render_table(
        ("broken rule", "subject", "detail"), [(f.check, f.subject, f.detail) for f in report.findings]
    )
    return f"\n{counts}\n\n{findings}\n\nThe books are NOT right."
