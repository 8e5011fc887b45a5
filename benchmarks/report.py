"""The figures of a session as text."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.figures import DatabaseName, Row, rows
from benchmarks.growth_report import growth_report
from benchmarks.promises import Target, targets
from benchmarks.rounds import Measured
from benchmarks.tables import NONE, number, spread, table
from benchmarks.tpcb import CLIENTS, SCALE

_DATABASES: Final[tuple[tuple[DatabaseName, str], ...]] = (("postgresql", "PostgreSQL"), ("sqlite", "SQLite"))


def report(measured: Measured) -> str:
    """Return everything that people read of a session."""
    found = rows(measured.samples)
    parts = [_about(measured)]
    fresh = [row for row in found if row.stored == 0]
    for database, title in _DATABASES:
        parts += _tables([row for row in fresh if row.database == database], title)
    if len(fresh) < len(found):
        parts.append(growth_report([row for row in found if row.stored], measured.sizes))
    if found:
        promised = [
            (target.name, _limit(target), number(target.reached, 3), _verdict(met=target.met))
            for target in targets(found)
        ]
        parts.append(f"### Promised\n\n{table(('figure', 'promised', 'measured', ''), promised)}")
    return "\n\n".join(parts) + "\n"


def _about(measured: Measured) -> str:
    machine, options = measured.machine, measured.options
    versions = f"Python {machine.python}, SQLite {machine.sqlite}"
    if machine.postgresql:
        versions += f", PostgreSQL {machine.postgresql}"
    about = (
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gib} GiB, {machine.system}; {versions}; "
        f"{machine.file_system}, {machine.sync_ms} ms to make 8 KiB durable; load at the start {machine.load}. "
        f"{options.runs} interleaved runs of {options.seconds:g} s each, {measured.seconds_taken:,.0f} s in all; "
        "median (range). " + ", ".join(f"{phase} {seconds:,.0f} s" for phase, seconds in measured.phases.items()) + "."
    )
    lines = [about]
    if options.quick:
        lines.append("**A quick run: it proves that everything runs, its figures mean little.**")
    if measured.baselines:
        low, high = min(measured.baselines), max(measured.baselines)
        lines.append(
            f"TPC-B (pgbench -n -M prepared, scale {SCALE}, {CLIENTS} clients): {median(measured.baselines):,.0f} "
            f"({low:,.0f} … {high:,.0f}) transactions/s in {len(measured.baselines)} runs."
        )
    return "\n\n".join(lines)


def _tables(found: Sequence[Row], title: str) -> list[str]:
    parts = []
    ledger = [row for row in found if row.case == "ledger"]
    if ledger:
        parts.append(f"### Ledger postings, {title}\n\n{_ledger_table(ledger)}")
    api = [row for row in found if row.case != "ledger"]
    if api:
        parts.append(f"### Payments through the signed API, {title}\n\n{_api_table(api)}")
    return parts


def _beside(row: Row) -> str:
    return spread(row.ratio if row.database == "postgresql" else row.to_postgresql, 2)


def _ledger_table(found: Sequence[Row]) -> str:
    beside = "× TPC-B" if found[0].database == "postgresql" else "× PostgreSQL"
    headings = ("batch", "to", "postings/s", beside, "÷ spread", "CPU µs", "database CPU µs", "batch seen")
    return table(
        headings,
        [
            (
                str(row.batch),
                "one hot merchant" if row.hot else "all merchants",
                spread(row.rate),
                _beside(row),
                spread(row.to_spread, 2),
                spread(row.process_cpu_us),
                spread(row.database_cpu_us),
                number(row.batch_mean.median, 1),
            )
            for row in found
        ],
    )


def _api_table(found: Sequence[Row]) -> str:
    beside = "× TPC-B" if found[0].database == "postgresql" else "× PostgreSQL"
    several = any(row.processes > 1 for row in found)
    headings = (
        "method",
        "payments/s",
        beside,
        "API CPU µs",
        "database CPU µs",
        "generator CPU",
        "batch seen",
        "p50 / p95 / p99 ms",
        "p99 ÷ p50",
    )
    return table(
        headings,
        [
            (
                f"{row.case}, {row.processes} process{'es' if row.processes > 1 else ''}" if several else row.case,
                spread(row.rate),
                _beside(row),
                spread(row.process_cpu_us),
                spread(row.database_cpu_us),
                NONE if row.generator_share is None else f"{row.generator_share.median:.0%} of a core",
                number(row.batch_mean.median, 1),
                NONE if row.latency_ms is None else " / ".join(number(value, 1) for value in row.latency_ms),
                spread(row.tail, 1),
            )
            for row in found
        ],
    )


def _limit(target: Target) -> str:
    return f"{'≤' if target.at_most else '≥'} {target.limit}"


def _verdict(*, met: bool | None) -> str:
    return {None: "not measured", True: "met", False: "missed"}[met]
