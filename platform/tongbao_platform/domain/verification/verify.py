"""Prove the books: sums, balances, numbering, holds, floors, and the legs and event of each payment and refund."""

from collections.abc import Callable

from tongbao_platform.domain.verification.model import Finding, Report
from tongbao_platform.domain.verification.store import COUNTED, PROOFS, count, proof
from tongbao_platform.execution.reading import Reader

MOST_FINDINGS = 20


async def verify(reader: Reader, told: Callable[[str, int], None] | None = None) -> Report:
    """Run every proof on ``reader``, which must see one moment (``EngineReader.snapshot``).

    ``told(check, findings)`` is called after each, for progress. At most ``MOST_FINDINGS`` are reported per check.
    """
    findings: list[Finding] = []
    for check, sql in PROOFS.items():
        rows = await reader.rows(proof(sql, MOST_FINDINGS))
        findings.extend(Finding(check, str(subject), str(detail)) for subject, detail in rows)
        if told is not None:
            told(check, len(rows))
    counts = {table: int((await reader.rows(count(table)))[0][0]) for table in COUNTED}
    return Report(checks=tuple(PROOFS), counts=counts, findings=tuple(findings))
