"""What the command line asks for."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

CASES: Final = ("ledger", "api", "h5", "sqlite", "growth", "budget")
BATCHES: Final = (1, 16, 64, 256)
DEFAULT_RUNS: Final = 5
DEFAULT_SECONDS: Final = 1.0
_GROWTH_STEP: Final = 100


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured, and where it is written.

    ``seconds`` is the length of one timed run, ``warm_up_seconds`` that of the one warming up of the baseline.
    ``directory`` holds the databases while they live; ``json`` gets every figure; ``readme`` renews the results in
    ``benchmarks/README.md``. ``processes`` are the numbers of processes that serve the API on PostgreSQL, one after the
    other; a SQLite database has one. ``growth_payments`` are stored in the larger databases of the growth test, a
    hundredth of them in the smaller ones.
    """

    cases: frozenset[str] = frozenset(CASES)
    batches: tuple[int, ...] = BATCHES
    runs: int = DEFAULT_RUNS
    seconds: float = DEFAULT_SECONDS
    warm_up_seconds: int = 10
    limit_seconds: int = 1_500
    quick: bool = False
    directory: Path | None = None
    json: Path = Path("var/benchmarks.json")
    readme: bool = False
    processes: tuple[int, ...] = (1,)
    growth_payments: int = 1_000_000

    @property
    def needs_postgresql(self) -> bool:
        """Whether anything but SQLite alone is measured."""
        return bool(self.cases - {"sqlite", "budget"})

    @property
    def needs_sqlite(self) -> bool:
        """Whether anything is measured on SQLite; growth always is."""
        return bool(self.cases & {"sqlite", "growth"})

    @property
    def needs_rounds(self) -> bool:
        """Whether anything is measured on fresh databases."""
        return any(self.runs_case(case) for case in ("ledger", "api", "h5"))

    def runs_case(self, case: str) -> bool:
        """Whether ``case`` (ledger, api or h5) is measured; ``sqlite`` alone means all of them, on SQLite only."""
        return case in self.cases or self.cases == {"sqlite"}


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; wrong usage ends the program with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measures the platform, and pgbench TPC-B beside it."
    )
    parser.add_argument("--quick", action="store_true", help="one short run of each: proves the harness, not the speed")
    parser.add_argument("--only", type=_cases, default=frozenset(CASES), help=f"of {','.join(CASES)} (default: all)")
    parser.add_argument("--batches", type=_batches, default=BATCHES, help="sizes of the ledger's batches")
    parser.add_argument("--runs", type=_at_least_one, help=f"runs of each (default {DEFAULT_RUNS})")
    parser.add_argument("--seconds", type=_seconds, help=f"length of one run (default {DEFAULT_SECONDS})")
    parser.add_argument("--directory", type=Path, help="where the databases live; on a disk")
    parser.add_argument("--json", type=Path, default=Path("var/benchmarks.json"), help="the file for every figure")
    parser.add_argument("--write-readme", action="store_true", help="renew the results in benchmarks/README.md")
    parser.add_argument("--processes", type=_numbers, default=(1,), help="that serve the API on PostgreSQL, e.g. 1,2")
    parser.add_argument("--growth-payments", type=_growth, help="stored in the larger databases (default 1000000)")
    given = parser.parse_args(arguments)
    chosen = Options(
        cases=given.only,
        batches=given.batches,
        directory=given.directory,
        json=given.json,
        readme=given.write_readme,
        quick=given.quick,
        processes=given.processes,
    )
    changes: dict[str, float] = {}
    if given.quick:
        changes = {"runs": 1, "seconds": 0.7, "warm_up_seconds": 2, "limit_seconds": 900}
        changes["growth_payments"] = 20_000
    if given.runs is not None:
        changes["runs"] = given.runs
    if given.growth_payments is not None:
        changes["growth_payments"] = given.growth_payments
    if given.seconds is not None:
        changes["seconds"] = given.seconds
    return msgspec.structs.replace(chosen, **changes)


def _cases(text: str) -> frozenset[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in CASES:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(CASES)}")
    return frozenset(names)


def _batches(text: str) -> tuple[int, ...]:
    sizes = _numbers(text)
    if any(size > BATCHES[-1] for size in sizes):
        raise argparse.ArgumentTypeError(f"a batch has at most {BATCHES[-1]} operations")
    return sizes


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_at_least_one(part) for part in text.split(","))


def _growth(text: str) -> int:
    payments = _at_least_one(text)
    if payments % _GROWTH_STEP:
        raise argparse.ArgumentTypeError(f"a multiple of {_GROWTH_STEP}: a hundredth of it is the smaller database")
    return payments


def _at_least_one(text: str) -> int:
    if not text.strip().isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 60:
        raise argparse.ArgumentTypeError("a run takes 0.1 to 60 seconds")
    return seconds
