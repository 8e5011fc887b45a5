"""Prove what happened recently: a bounded look for each minute, where ``verify`` looks at everything.

What it finds was wrong when it was written, or was edited soon after. An edit of old rows is found by the full run, and
in the chain by the patrol, which goes round all blocks.
"""

from collections.abc import Sequence
from typing import Final

from tongbao_platform.domain.chain.check import check_blocks
from tongbao_platform.domain.chain.model import CHAINS, ChainName
from tongbao_platform.domain.verification.model import Finding, Window
from tongbao_platform.domain.verification.proofs.catalogue import RECENT_PROOFS
from tongbao_platform.domain.verification.store import (
    Scope,
    recent_statement,
    scope_of,
    told_payments,
    touched_accounts,
)
from tongbao_platform.domain.verification.verify import CHAIN_CHECKS, MOST_FINDINGS
from tongbao_platform.execution.reading import Reader

BLOCKS_PER_RUN: Final = 20
IDS_PER_PORTION: Final = 500


async def verify_recent(reader: Reader, window: Window) -> list[Finding]:
    """Run the proofs of what ``window`` holds, but those of accounts, on ``reader``, which must see one moment."""
    findings = await _prove(reader, window, "window", ())
    for payments in _portions(await told_payments(reader, window)):
        findings.extend(await _prove(reader, window, "payments", payments))
    return findings


async def touched_portions(reader: Reader, window: Window) -> list[Sequence[str]]:
    """Return the accounts that ``window`` touches, in portions for ``verify_accounts``."""
    return _portions(await touched_accounts(reader, window))


async def verify_accounts(reader: Reader, window: Window, accounts: Sequence[str]) -> list[Finding]:
    """Run the proofs of ``accounts``, behind what was proven of each."""
    return await _prove(reader, window, "accounts", accounts)


async def _prove(reader: Reader, window: Window, scope: Scope, ids: Sequence[str]) -> list[Finding]:
    findings: list[Finding] = []
    for proof in RECENT_PROOFS:
        if scope_of(proof) == scope:
            rows = await reader.rows(recent_statement(proof, MOST_FINDINGS, window, ids))
            findings.extend(Finding(proof.name, str(subject), str(detail), proof.rule) for subject, detail in rows)
    return findings


def _portions(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + IDS_PER_PORTION] for start in range(0, len(ids), IDS_PER_PORTION)]


async def patrol(reader: Reader, reached: dict[ChainName, int]) -> tuple[dict[ChainName, int], list[Finding]]:
    """Check the next blocks of each chain behind the number ``reached``; after the last one it begins again.

    Return the numbers reached now, and what was found.
    """
    findings: list[Finding] = []
    now_reached: dict[ChainName, int] = {}
    for chain in CHAINS:
        before = reached.get(chain, 0)
        number, broken = await check_blocks(reader, chain, before, BLOCKS_PER_RUN)
        now_reached[chain] = number if number > before else 0
        findings.extend(Finding(CHAIN_CHECKS[chain], each.row, each.detail, "V10") for each in broken)
    return now_reached, findings
