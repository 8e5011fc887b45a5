"""A run's figures as a table, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from tests.faults.journal import Operation
from tests.faults.reconcile import SORTS, Finding
from tests.faults.recovery_times import Spread

_SHOWN: Final = 20


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found. Every count of a sort of finding must be zero, and so must both sums."""

    database: str
    disk: str
    seed: int
    seconds: float
    operations: int
    acknowledged: int
    declined: int
    refused: int
    replayed: int
    unknown_resolved: int
    by_kind: dict[str, int]
    faults: dict[str, int]
    kills: int
    findings: dict[str, int]
    ledger_sum_minor: int
    held_drift_minor: int
    events: int
    deliveries: int
    recovery: dict[str, Spread]
    recovery_disturbed: dict[str, Spread]
    recovery_all: Spread
    effects: dict[str, int]
    answers: dict[str, int]
    reads: dict[str, int]
    own_ends: dict[str, int]
    verifier: str
    examples: list[Finding]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        broken = any(self.findings.values()) or self.ledger_sum_minor or self.held_drift_minor
        return not broken and self.verifier == "clean"


def count_operations(operations: Sequence[Operation]) -> dict[str, int]:
    """Return how the operations ended: ``declined`` are stored payments without money, ``refused`` store nothing."""
    ended: Counter[str] = Counter()
    for each in operations:
        outcome = each.outcome
        if outcome is None:
            continue
        ended["operations"] += 1 + len(each.replays)
        ended["replayed"] += len(each.replays)
        ended["unknown_resolved"] += outcome.unknown > 0
        if each.is_refused:
            ended["refused"] += 1
        else:
            ended["declined" if outcome.told.state == "failed" else "acknowledged"] += 1
    return {
        name: ended[name]
        for name in ("operations", "acknowledged", "declined", "refused", "replayed", "unknown_resolved")
    }


def count_findings(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many there are of each sort."""
    by_sort = Counter(finding.sort for finding in findings)
    return {sort: by_sort[sort] for sort in SORTS}


def markdown(figures: Figures) -> str:
    """Return the report as two tables."""
    ended = (
        f"{figures.operations:,}: acknowledged {figures.acknowledged:,}, declined {figures.declined:,}, refused"
        f" {figures.refused:,}, repeated {figures.replayed:,}; of these, unknown at first and then resolved"
        f" {figures.unknown_resolved:,}"
    )
    whole = [
        ("database", f"{figures.database}, fsync on; its files on {figures.disk}"),
        ("length, seed", f"{figures.seconds:.0f} s of faults under load, seed {figures.seed}"),
        ("operations", ended),
        ("kinds", ", ".join(f"{name} {number:,}" for name, number in figures.by_kind.items())),
        ("faults", f"{sum(figures.faults.values())}, {figures.kills} of them kills"),
        *((f"**{sort}**", f"**{number}**") for sort, number in figures.findings.items()),
        ("**ledger sum**, **held drift**", f"**{figures.ledger_sum_minor}**, **{figures.held_drift_minor}**"),
        ("verifier", figures.verifier),
        ("events, deliveries", f"{figures.events:,}, {figures.deliveries:,}"),
        ("effects", ", ".join(f"{name} {number:,}" for name, number in figures.effects.items()) or "–"),
        ("reads during faults", ", ".join(f"{name} ({number})" for name, number in figures.reads.items()) or "–"),
        ("answers", ", ".join(f"{name} ({number:,})" for name, number in figures.answers.items())),
        ("ended by themselves", ", ".join(f"{name} {number}" for name, number in figures.own_ends.items()) or "none"),
    ]
    lines = ["| what | found |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in whole), ""]
    lines += [
        "| fault | made | seconds to the next acknowledged write: p50 | p95 | max |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for kind, number in figures.faults.items():
        lines.append(_recovery_line(kind, number, figures.recovery[kind]))
        disturbed = figures.recovery_disturbed[kind]
        if disturbed.count:
            lines.append(_recovery_line(f"{kind}, a lock or a full disk lasting meanwhile", disturbed.count, disturbed))
    lines.append(_recovery_line("all", sum(figures.faults.values()), figures.recovery_all))
    lines += [f"- {each.sort}: {each.subject}: {each.detail}" for each in figures.examples[:_SHOWN]]
    return "\n".join(lines) + "\n"


def _recovery_line(kind: str, made: int, times: Spread) -> str:
    if not times.count:
        return f"| {kind} | {made} | – | – | – |"
    return f"| {kind} | {made} | {times.p50:.2f} | {times.p95:.2f} | {times.worst:.2f} |"
