"""Run many seeds: ``python -m tests.simulation --seeds 1000 --jobs 2`` (``make simulate``)."""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.simulation.run import CLIENTS, REQUESTS_EACH, Report, simulate

REGRESSIONS: Final = Path(__file__).with_name("regression_seeds.txt")
# A broken tree fails everywhere: a few seeds are enough to remember it by.
MOST_KEPT: Final = 5
_EVERY_SECONDS: Final = 5.0


def regression_seeds(kept: Path = REGRESSIONS) -> list[int]:
    """Return the seeds that failed once."""
    lines = kept.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


def keep(reports: Iterable[Report], kept: Path = REGRESSIONS) -> None:
    """Add the seeds that failed, at most ``MOST_KEPT``, with their first finding."""
    known = set(regression_seeds(kept))
    failed = [report for report in reports if report.findings and report.seed not in known]
    with kept.open("a") as file:
        file.writelines(f"{report.seed} {report.findings[0][:100]}\n" for report in failed[:MOST_KEPT])


def reproduction(seed: int) -> str:
    """Return the command that shows one seed again."""
    return f'make simulate ARGS="--first {seed} --seeds 1"'


def main(arguments: list[str]) -> int:
    """Run the seeds, print findings as they come and a table at the end; 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seeds", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (default 1)")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.seeds)
    began = time.monotonic()
    reports = list(_told(_run(seeds, options.jobs), len(seeds), began))
    print(table(reports, time.monotonic() - began))
    keep(reports)
    return 1 if any(report.findings for report in reports) else 0


def _run(seeds: range, jobs: int) -> Iterator[Report]:
    if jobs == 1:
        yield from map(simulate, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(simulate, seeds, chunksize=max(1, min(20, len(seeds) // (4 * jobs))))


def _told(reports: Iterable[Report], total: int, began: float) -> Iterator[Report]:
    said_at = began
    for number, report in enumerate(reports, start=1):
        if report.findings:
            print(f"seed {report.seed} ({report.profile}) FAILED; show it again: {reproduction(report.seed)}")
            for finding in report.findings[:10]:
                print(f"    {finding}")
        if time.monotonic() - said_at > _EVERY_SECONDS:
            said_at = time.monotonic()
            print(f"{number} of {total} seeds, {number / (said_at - began):.1f} a second", flush=True)
        yield report


def table(reports: list[Report], seconds: float) -> str:
    """Return what all seeds together showed."""
    faults: Counter[str] = Counter()
    for report in reports:
        faults += report.faults
    found = Counter(finding.split(":")[0] for report in reports for finding in report.findings)
    rows = [
        ("seeds", f"{len(reports)} in {seconds:.0f} s ({len(reports) / seconds:.1f} a second)"),
        ("failed seeds", str(sum(bool(report.findings) for report in reports))),
        ("requests acknowledged", str(sum(report.acknowledged for report in reports))),
        ("requests declined", str(sum(report.declined for report in reports))),
        ("unknown at first, resolved by repeating", str(sum(report.resolved for report in reports))),
        ("processes killed", str(sum(report.crashes for report in reports))),
        ("faults", str(faults.total())),
        *((f"  {name}", str(number)) for name, number in sorted(faults.items())),
        *((kind, str(found[kind])) for kind in ("lost", "duplicated", "phantom", "ledger", "held", "event missing")),
        *((kind, str(number)) for kind, number in sorted(found.items()) if kind not in _ALWAYS),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


_ALWAYS: Final = frozenset({"lost", "duplicated", "phantom", "ledger", "held", "event missing"})


def check_seed(seed: int) -> None:
    """Fail, with everything that was found, when ``seed`` does."""
    report = simulate(seed)
    told = "\n".join(report.findings[:10])
    assert not report.findings, f"seed {seed} ({report.profile}): {reproduction(seed)}\n{told}"
    assert report.acknowledged + report.declined == CLIENTS * REQUESTS_EACH
