"""Growth as tables: rates with few and with many stored payments, and the bytes that they take."""

from collections.abc import Sequence
from typing import Final

from benchmarks.figures import DatabaseName, Row
from benchmarks.sizes import TableSize
from benchmarks.tables import NONE, number, spread, table

_TITLES: Final = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def growth_report(found: Sequence[Row], sizes: Sequence[TableSize]) -> str:
    """Return the tables."""
    return f"### Growth\n\n{_rates(found)}\n\n{_bytes(sizes)}"


def _rates(found: Sequence[Row]) -> str:
    headings = ("load", "on", "stored", "payments/s", "÷ fewest", "CPU µs", "database CPU µs", "WAL bytes", "p99 ms")
    return table(
        headings,
        [
            (
                f"ledger, batches of {row.batch}" if row.case == "ledger" else f"{row.case} through the API",
                _TITLES[row.database],
                f"{row.stored:,}",
                spread(row.rate),
                spread(row.to_fewest, 2),
                spread(row.process_cpu_us),
                spread(row.database_cpu_us),
                spread(row.wal_bytes),
                number(None if row.latency_ms is None else row.latency_ms[2], 1),
            )
            for row in found
        ],
    )


def _bytes(sizes: Sequence[TableSize]) -> str:
    counted = ", ".join(f"{_TITLES[database]} {stored:,}" for database, stored in _stored(sizes).items())
    found = {(size.database, size.table): size for size in sizes}
    totals = {table: sum(size.total for size in sizes if size.table == table) for _, table in found}
    lines = []
    for name in sorted(totals, key=lambda name: -totals[name]):
        on_postgresql, on_sqlite = found.get(("postgresql", name)), found.get(("sqlite", name))
        lines.append((name, *_cells(on_postgresql), *_cells(on_sqlite)[:2], _cells(on_sqlite)[3]))
    sums = [_sum(sizes, "postgresql"), _sum(sizes, "sqlite")]
    lines.append(("**all**", "", "", "", f"**{number(sums[0])}**", "", "", f"**{number(sums[1])}**"))
    headings = ("bytes per payment", "PostgreSQL rows", "indexes", "apart", "all", "SQLite rows", "indexes", "all")
    return f"Stored payments when their size was taken: {counted}.\n\n{table(headings, lines)}"


def _stored(sizes: Sequence[TableSize]) -> dict[DatabaseName, int]:
    return {size.database: size.stored for size in sizes}


def _cells(size: TableSize | None) -> tuple[str, str, str, str]:
    if size is None:
        return (NONE, NONE, NONE, NONE)
    return (number(size.rows), number(size.indexes), number(size.apart), number(size.total))


def _sum(sizes: Sequence[TableSize], database: DatabaseName) -> float | None:
    found = [size.total for size in sizes if size.database == database]
    return sum(found) if found else None
