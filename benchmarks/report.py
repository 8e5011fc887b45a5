"""Figures as tables (Markdown, which reads well on a terminal too)."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.figures import DatabaseName, Middle, Row, rows, targets
from benchmarks.rounds import Measured
from benchmarks.tpcb import CLIENTS, SCALE

BEGIN: Final = "<!-- results: begin -->"
END: Final = "<!-- results: end -->"
_NONE: Final = "–"
_DATABASES: Final[tuple[tuple[DatabaseName, str], ...]] = (("postgresql", "PostgreSQL"), ("sqlite", "SQLite"))


def report(measured: Measured) -> str:
    """Return everything that people read of a session."""
    found = rows(measured.samples)
    parts = [_about(measured)]
    for database, title in _DATABASES:
        parts += _tables([row for row in found if row.database == database], title)
    if any(row.database == "postgresql" for row in found):
        promised = [
            (target.name, f"≥ {target.least}", number(target.reached, 2), _verdict(met=target.met))
            for target in targets(found)
        ]
        parts.append(f"### Promised\n\n{table(('figure', 'promised', 'measured', ''), promised)}")
    return "\n\n".join(parts) + "\n"


def put_between(page: str, results: str) -> str:
    """Return ``page`` with what stands between the two markers replaced; ``ValueError`` when they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page lacks the markers of the results")
    return f"{before}{BEGIN}\n\n{results.strip()}\n\n{END}{after}"


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left, the others to the right, all cells padded."""
    widths = [max(3, *(len(line[i]) for line in (headings, *lines))) for i in range(len(headings))]

    def row(cells: Sequence[str]) -> str:
        padded = [cell.ljust(widths[0]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(cells)]
        return f"| {' | '.join(padded)} |"

    ruler = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([row(headings), row(ruler), *(row(line) for line in lines)])


def number(value: float | None, digits: int = 0) -> str:
    """Return ``value`` with ``digits`` decimals, or a dash when there is none."""
    return _NONE if value is None else f"{value:,.{digits}f}"


def spread(value: Middle | None, digits: int = 0) -> str:
    """Return median and range, e.g. ``1,234 (1,200 … 1,300)``."""
    if value is None:
        return _NONE
    if value.low == value.high:
        return number(value.median, digits)
    return f"{number(value.median, digits)} ({number(value.low, digits)} … {number(value.high, digits)})"


def _about(measured: Measured) -> str:
    machine, options = measured.machine, measured.options
    versions = f"Python {machine.python}, SQLite {machine.sqlite}"
    if machine.postgresql:
        versions += f", PostgreSQL {machine.postgresql}"
    about = (
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gib} GiB, {machine.system}; {versions}; "
        f"{machine.file_system}, {machine.sync_ms} ms to make 8 KiB durable; load at the start {machine.load}. "
        f"{options.runs} interleaved runs of {options.seconds:g} s each, {measured.seconds_taken:,.0f} s in all; "
        "median (range)."
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
    headings = (
        "method",
        "payments/s",
        beside,
        "API CPU µs",
        "database CPU µs",
        "generator CPU",
        "batch seen",
        "p50 / p95 / p99 ms",
    )
    return table(
        headings,
        [
            (
                row.case,
                spread(row.rate),
                _beside(row),
                spread(row.process_cpu_us),
                spread(row.database_cpu_us),
                _NONE if row.generator_share is None else f"{row.generator_share.median:.0%} of a core",
                number(row.batch_mean.median, 1),
                _NONE if row.latency_ms is None else " / ".join(number(value, 1) for value in row.latency_ms),
            )
            for row in found
        ],
    )


def _verdict(*, met: bool | None) -> str:
    return {None: "not measured", True: "met", False: "missed"}[met]
