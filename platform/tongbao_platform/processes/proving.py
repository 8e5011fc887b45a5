"""The verifier's jobs: a look at the recent past each minute, and everything once a day."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from tongbao_platform.domain.chain.model import CHAINS
from tongbao_platform.domain.verification import claim_run, remember
from tongbao_platform.domain.verification.claim_run import ClaimRun
from tongbao_platform.domain.verification.model import RULES, Cursor, Finding, Rule, Window
from tongbao_platform.domain.verification.progress import newly_proven, positions
from tongbao_platform.domain.verification.remember import RememberProven
from tongbao_platform.domain.verification.verify import MOST_FINDINGS, verify
from tongbao_platform.domain.verification.verify_recent import patrol, touched_portions, verify_accounts, verify_recent
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS, Clock, Instant
from tongbao_platform.processes.anchor_file import read_anchors

_log = logging.getLogger(__name__)

# How far the clocks of two machines may be apart, and how far a run looks back behind the last one.
SLACK_MS: Final = MINUTE_MS
# Who was away for longer leaves the rest to a full run.
LONGEST_WINDOW_MS: Final = HOUR_MS
FULL_EVERY_MS: Final = DAY_MS
FRESH_MS: Final = MINUTE_MS // 2
# Another worker that has begun a full run may be at it for as long.
CLAIM_HOLDS_MS: Final = HOUR_MS
MOST_TAIL: Final = 20_000
_RECENT: Final = "recent"
_FULL: Final = "full"
_CLAIM: Final = "full_begun"
_FOUND: Final = "found_"
_CONTEXT: Final = Context(actor="worker:verify")

Snapshot = Callable[[], AbstractAsyncContextManager[Reader]]


class Prover:
    """Runs both kinds.

    ``snapshots`` give a reader for the one and for the other. ``found`` says how often each rule was found broken, by
    whichever worker, until a full run finds it no more; ``findings`` are those of this process.
    """

    def __init__(
        self, committer: Committer, snapshots: tuple[Snapshot, Snapshot], clock: Clock, anchor_file: Path | None = None
    ) -> None:
        self._committer = committer
        self._recent_snapshot, self._full_snapshot = snapshots
        self._clock = clock
        self._anchor_file = anchor_file
        self.findings: dict[tuple[str, str], Finding] = {}
        self.found: dict[Rule, int] = {}
        self.last_success: Instant | None = None

    async def run_recent(self) -> int:
        """Prove what happened since the last run; return 0, for nothing is left to do at once."""
        now = self._clock.now()
        async with self._recent_snapshot() as reader:
            stored = await positions(reader)
            reached = _not_ahead(stored, now)
            if 0 <= now - reached.get(_RECENT, 0) < FRESH_MS:
                # Another worker has done it.
                self.found = _found_in(reached)
                self.last_success = Instant(reached[_RECENT])
                return 0
            earliest = now - LONGEST_WINDOW_MS
            since = Instant(max(reached.get(_RECENT, 0) - SLACK_MS, earliest))
            window = Window(since=since, now=now, slack_ms=SLACK_MS, most_tail=MOST_TAIL)
            findings = await verify_recent(reader, window)
            patrolled, broken = await patrol(reader, {chain: reached.get(chain, 0) for chain in CHAINS})
            findings.extend(broken)
            for accounts in await touched_portions(reader, window):
                broken = await verify_accounts(reader, window, accounts)
                findings.extend(broken)
                await self._remember_accounts(reader, accounts, broken)
        places = [Cursor(id=_RECENT, position=now), *(Cursor(id=name, position=at) for name, at in patrolled.items())]
        if _RECENT in stored and reached.get(_RECENT, 0) < earliest:
            places.append(Cursor(id=_FULL, position=0))
        known, now_found = _found_in(reached), Counter(finding.rule for finding in findings)
        worse = {rule: number for rule, number in now_found.items() if number > known.get(rule, 0)}
        places.extend(Cursor(id=f"{_FOUND}{rule}", position=number) for rule, number in worse.items())
        await self._committer.run(remember, RememberProven(cursors=tuple(places)), _CONTEXT)
        self._tell(findings)
        self.found = known | worse
        self.last_success = now
        return 0

    async def run_full(self) -> int:
        """Prove everything when that is a day ago, or when a run over the recent past asked for it."""
        now = self._clock.now()
        async with self._full_snapshot() as reader:
            stored = await positions(reader)
            reached = _not_ahead(stored, now)
            claimed_at = reached.get(_CLAIM, 0)
            if now - reached.get(_FULL, 0) < FULL_EVERY_MS or now - claimed_at < CLAIM_HOLDS_MS:
                return 0
            claim = ClaimRun(id=_CLAIM, before=stored.get(_CLAIM, 0), position=now)
            if not (await self._committer.run(claim_run, claim, _CONTEXT)).result:
                return 0
            anchors = await asyncio.to_thread(read_anchors, self._anchor_file) if self._anchor_file else []
            report = await verify(reader, now=now, anchors=anchors)
        self.found = dict(Counter(finding.rule for finding in report.findings))
        await self._committer.run(remember, RememberProven(cursors=_ended(now, self.found)), _CONTEXT)
        self.findings.clear()
        self._tell(report.findings)
        _log.info("verified everything: %d proofs, %d findings", len(report.checks), len(report.findings))
        self.last_success = now
        return 0

    async def _remember_accounts(self, reader: Reader, accounts: Sequence[str], broken: Sequence[Finding]) -> None:
        """Count ``accounts`` as proven, but those that something was found of."""
        if len(broken) >= MOST_FINDINGS:
            # There may be more than were told: nothing of these accounts counts as proven.
            return
        suspects = {finding.subject.partition("/")[0] for finding in broken}
        proven = [account for account in await newly_proven(reader, accounts) if account.id not in suspects]
        if proven:
            await self._committer.run(remember, RememberProven(accounts=tuple(proven)), _CONTEXT)

    def _tell(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            key = (finding.check, finding.subject)
            if key not in self.findings:
                _log.error("%s: %s: %s: %s", finding.rule, finding.check, finding.subject, finding.detail)
            self.findings[key] = finding


def _not_ahead(reached: Mapping[str, int], now: Instant) -> Mapping[str, int]:
    """Forget times that lie ahead: a clock was wrong, and what it hid must be looked at again."""
    return {
        name: position
        for name, position in reached.items()
        if name not in {_RECENT, _FULL, _CLAIM} or position <= now + SLACK_MS
    }


def _found_in(positions_read: Mapping[str, int]) -> dict[Rule, int]:
    return {rule: positions_read[f"{_FOUND}{rule}"] for rule in RULES if f"{_FOUND}{rule}" in positions_read}


def _ended(now: Instant, found: Mapping[Rule, int]) -> tuple[Cursor, ...]:
    """Return what a full run leaves: it is over, and each rule is broken as often as it found."""
    counts = (Cursor(id=f"{_FOUND}{rule}", position=found.get(rule, 0)) for rule in RULES)
    return Cursor(id=_FULL, position=now), Cursor(id=_CLAIM, position=0), *counts
