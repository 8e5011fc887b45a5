"""What is promised, and whether what was measured keeps it."""

from collections.abc import Callable, Sequence

import msgspec

from benchmarks.figures import Middle, Row


class Target(msgspec.Struct, frozen=True):
    """A promise: the figure ``reached`` is at least, or ``at_most``, the ``limit``."""

    name: str
    limit: float
    reached: float | None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it was kept; ``None`` when it was not measured."""
        if self.reached is None:
            return None
        return self.reached <= self.limit if self.at_most else self.reached >= self.limit


def targets(found: Sequence[Row]) -> list[Target]:
    """Return the promised figures, medians all of them, with what was reached."""
    fresh = [row for row in found if row.stored == 0]
    alone = [row for row in fresh if row.case == "account" and row.processes == 1]
    on_postgresql = [row for row in alone if row.database == "postgresql"]

    def ledger(batch: int) -> list[Row]:
        return [row for row in fresh if row.case == "ledger" and row.database == "postgresql" and row.batch == batch]

    hot = [row for row in fresh if row.database == "postgresql"]
    grown = [row for row in found if row.to_fewest is not None]
    return [
        Target("ledger, batches of 256, × TPC-B", 4.0, _least(ledger(256), lambda row: None if row.hot else row.ratio)),
        Target("ledger, batches of 64, × TPC-B", 2.3, _least(ledger(64), lambda row: None if row.hot else row.ratio)),
        Target("ledger, one hot merchant ÷ spread, least of all batch sizes", 0.95, _least(hot, _to_spread)),
        Target("account payments through the API, × TPC-B", 0.6, _least(on_postgresql, lambda row: row.ratio)),
        *_of_several_processes(fresh),
        Target("account payments through the API, p99 ÷ p50", 4.0, _least(on_postgresql, lambda row: row.tail), True),
        Target(
            "account payments through the API, SQLite ÷ PostgreSQL",
            0.5,
            _least([row for row in alone if row.database == "sqlite"], lambda row: row.to_postgresql),
        ),
        Target("most ÷ fewest stored payments, least of all loads", 0.95, _least(grown, lambda row: row.to_fewest)),
    ]


def _of_several_processes(fresh: Sequence[Row]) -> list[Target]:
    """One more line for each further number of processes that was measured; none is promised to be better."""
    return [
        Target(f"the same, from {row.processes} processes", 0.6, _least([row], lambda row: row.ratio))
        for row in fresh
        if row.case == "account" and row.database == "postgresql" and row.processes > 1
    ]


def _to_spread(row: Row) -> Middle | None:
    return row.to_spread


def _least(found: Sequence[Row], figure: Callable[[Row], Middle | None]) -> float | None:
    """Return the least median of a figure over ``found``; ``None`` when none has it."""
    return min((value.median for row in found if (value := figure(row)) is not None), default=None)
