"""Prove the books: every proof and both hash chains, over everything that is stored."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from tongbao_platform.domain.chain.check import check_chain
from tongbao_platform.domain.chain.model import CHAINS, Anchor, ChainName
from tongbao_platform.domain.verification.model import Finding, Proven, Report, Rule
from tongbao_platform.domain.verification.proofs.catalogue import PROOFS
from tongbao_platform.domain.verification.store import COUNTED, count, full_statement, latest_entry_at
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant

MOST_FINDINGS: Final = 20
CHAIN_CHECKS: Final[dict[ChainName, str]] = {
    "entries": "the hash chain of entries is whole",
    "audit": "the hash chain of audit entries is whole",
}

# After each check: its name and how many findings it had.
Told = Callable[[str, int], None]


async def verify(
    reader: Reader,
    told: Told | None = None,
    *,
    now: Instant | None = None,
    anchors: Iterable[Anchor] = (),
    reached: Callable[[str, int], object] | None = None,
) -> Report:
    """Run every proof on ``reader``, which must see one moment (``EngineReader.snapshot``).

    ``told(check, findings)`` is called after each, for progress, and ``reached(check, block)`` now and then within the
    check of a chain. At most ``MOST_FINDINGS`` are reported per check.
    ``now`` judges what must have happened by a time (default: the time of the last entry). ``anchors`` are heads of the
    chains that were published outside the database.
    """
    run = _Run(told)
    at = now if now is not None else await latest_entry_at(reader)
    for proof in PROOFS:
        run.start()
        rows = await reader.rows(full_statement(proof, MOST_FINDINGS, at))
        run.end(proof.rule, proof.name, [(str(subject), str(detail)) for subject, detail in rows])
    published = tuple(anchors)
    for chain in CHAINS:
        run.start()
        check = CHAIN_CHECKS[chain]
        broken = await check_chain(reader, chain, published, partial(reached, check) if reached else None)
        run.end("V10", check, [(each.row, each.detail) for each in broken[:MOST_FINDINGS]])
    counts = {table: int((await reader.rows(count(table)))[0][0]) for table in COUNTED}
    return Report(
        checks=tuple(each.check for each in run.proven),
        counts=counts,
        findings=tuple(run.findings),
        proven=tuple(run.proven),
    )


class _Run:
    """Collects what checks find and how long they take."""

    def __init__(self, told: Told | None) -> None:
        self._told = told
        self._started = 0.0
        self.findings: list[Finding] = []
        self.proven: list[Proven] = []

    def start(self) -> None:
        self._started = time.monotonic()

    def end(self, rule: Rule, check: str, found: list[tuple[str, str]]) -> None:
        milliseconds = round((time.monotonic() - self._started) * 1000)
        self.proven.append(Proven(rule=rule, check=check, findings=len(found), milliseconds=milliseconds))
        self.findings.extend(Finding(check, subject, detail, rule) for subject, detail in found)
        if self._told is not None:
            self._told(check, len(found))
