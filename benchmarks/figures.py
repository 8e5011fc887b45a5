"""What was measured, and the arithmetic on it. Everything here is pure."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Case = Literal["ledger", "account", "h5"]
DatabaseName = Literal["postgresql", "sqlite"]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One timed run.

    ``rate`` is in payments per second, ``baseline`` in TPC-B transactions per second, measured just before (``None``
    without PostgreSQL). CPU times are microseconds per payment: of the process that decides and answers, and of all
    processes of the database. ``generator_share`` is the load generator's share of one core. ``batch`` is the batch
    size asked for (0: whatever queues up), ``batch_mean`` the one seen. ``latency_ms`` is p50, p95 and p99.
    ``processes`` served the API. ``stored`` is how many payments were stored before the first run of its kind (0: a
    fresh database), ``wal_bytes`` what PostgreSQL wrote ahead per payment.
    """

    case: Case
    database: DatabaseName
    round: int
    rate: float
    process_cpu_us: float
    batch_mean: float
    batch: int = 0
    hot: bool = False
    baseline: float | None = None
    database_cpu_us: float | None = None
    generator_share: float | None = None
    latency_ms: tuple[float, float, float] | None = None
    processes: int = 1
    stored: int = 0
    wal_bytes: float | None = None

    @property
    def tail(self) -> float | None:
        """p99 as a multiple of p50."""
        return None if self.latency_ms is None else self.latency_ms[2] / self.latency_ms[0]

    @property
    def ratio(self) -> float | None:
        """The rate as a multiple of the TPC-B run beside it."""
        return None if self.baseline is None else self.rate / self.baseline


class Middle(msgspec.Struct, frozen=True):
    """Median and range of some runs."""

    median: float
    low: float
    high: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one thing, summed up; fields as in ``Sample``.

    ``to_spread`` is a hot merchant's rate over the spread one's, ``to_postgresql`` SQLite's over PostgreSQL's,
    ``to_fewest`` a database's rate over that of the one with the fewest stored payments, each within the same round.
    """

    case: Case
    database: DatabaseName
    batch: int
    hot: bool
    runs: int
    rate: Middle
    process_cpu_us: Middle
    batch_mean: Middle
    ratio: Middle | None = None
    to_spread: Middle | None = None
    to_postgresql: Middle | None = None
    database_cpu_us: Middle | None = None
    generator_share: Middle | None = None
    latency_ms: tuple[float, float, float] | None = None
    processes: int = 1
    stored: int = 0
    tail: Middle | None = None
    to_fewest: Middle | None = None
    wal_bytes: Middle | None = None


def middle(values: Iterable[float | None]) -> Middle | None:
    """Return median and range of the values that are there; ``None`` when none is."""
    known = [value for value in values if value is not None]
    return Middle(statistics.median(known), min(known), max(known)) if known else None


def percentile(ascending: Sequence[float], share: float) -> float:
    """Return the smallest of ``ascending`` values that at least ``share`` (0 to 1) of them do not exceed."""
    if not ascending:
        raise ValueError("there is no percentile of nothing")
    rank = max(1, -int(-share * len(ascending) // 1))
    return ascending[min(rank, len(ascending)) - 1]


def rows(samples: Sequence[Sample]) -> list[Row]:
    """Sum up runs of the same thing, in the order in which each was first measured."""
    groups: dict[tuple[object, ...], list[Sample]] = {}
    for sample in samples:
        groups.setdefault(_kind(sample), []).append(sample)
    return [_row(group, samples) for group in groups.values()]


def _row(group: Sequence[Sample], samples: Sequence[Sample]) -> Row:
    first = group[0]
    latencies = [sample.latency_ms for sample in group if sample.latency_ms is not None]
    fewest = min((sample.stored for sample in samples if sample.stored), default=0)
    return Row(
        case=first.case,
        database=first.database,
        batch=first.batch,
        hot=first.hot,
        processes=first.processes,
        stored=first.stored,
        runs=len(group),
        rate=_some(sample.rate for sample in group),
        process_cpu_us=_some(sample.process_cpu_us for sample in group),
        batch_mean=_some(sample.batch_mean for sample in group),
        ratio=middle(sample.ratio for sample in group),
        to_spread=middle(_beside(s, samples, hot=False) for s in group) if first.hot else None,
        to_postgresql=middle(_beside(s, samples, database="postgresql") for s in group)
        if first.database == "sqlite"
        else None,
        to_fewest=middle(_beside(s, samples, stored=fewest) for s in group) if first.stored > fewest else None,
        database_cpu_us=middle(sample.database_cpu_us for sample in group),
        generator_share=middle(sample.generator_share for sample in group),
        latency_ms=_medians(latencies) if latencies else None,
        tail=middle(sample.tail for sample in group),
        wal_bytes=middle(sample.wal_bytes for sample in group),
    )


def _some(values: Iterable[float]) -> Middle:
    found = middle(values)
    if found is None:
        raise ValueError("a row has at least one run")
    return found


def _medians(latencies: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    p50, p95, p99 = (statistics.median(column) for column in zip(*latencies, strict=True))
    return p50, p95, p99


def _beside(sample: Sample, samples: Sequence[Sample], **changes: object) -> float | None:
    """Return the rate of ``sample`` over that of its counterpart, which differs in ``changes``, in the same round."""
    wanted = _place(msgspec.structs.replace(sample, **changes))
    return next((sample.rate / other.rate for other in samples if _place(other) == wanted), None)


def _place(sample: Sample) -> tuple[object, ...]:
    return (sample.round, *_kind(sample))


def _kind(sample: Sample) -> tuple[object, ...]:
    return (sample.case, sample.database, sample.batch, sample.hot, sample.processes, sample.stored)
