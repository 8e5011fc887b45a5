"""Every kind of fault once, against real processes, on both databases: nothing is lost, doubled or made up.

The long form is ``make faults``.
"""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.faults.nemesis import (
    API_KILLED,
    BACKEND_KILLED,
    CUT_AFTER,
    CUT_BEFORE,
    DISK_FULL,
    POOL_EXHAUSTED,
    POSTGRESQL_KILLED,
    ROWS_LOCKED,
    WORKER_KILLED,
)
from tests.faults.reconcile import SORTS
from tests.faults.report import Figures

ROOT = Path(__file__).resolve().parents[2]
SQLITE = {API_KILLED, ROWS_LOCKED, DISK_FULL}
POSTGRESQL = SQLITE | {WORKER_KILLED, POSTGRESQL_KILLED, BACKEND_KILLED, CUT_BEFORE, CUT_AFTER, POOL_EXHAUSTED}


@pytest.mark.parametrize(
    ("database", "kinds"),
    [("sqlite", SQLITE), pytest.param("postgresql", POSTGRESQL, marks=pytest.mark.cluster)],
)
def test_every_fault_once(database: str, kinds: set[str], tmp_path: Path) -> None:
    report = tmp_path / "faults.json"
    arguments = ["--minutes", "0", "--rate", "300", "--seed", "1", "--database", database, "--json", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = msgspec.json.decode(report.read_bytes(), type=Figures)
    assert figures.findings == dict.fromkeys(SORTS, 0)
    assert (figures.ledger_sum_minor, figures.held_drift_minor, figures.verifier) == (0, 0, "clean")
    assert set(figures.faults) == kinds
    assert min(figures.faults.values()) == 1
    # Each fault was felt, and each was recovered from.
    assert {kind for kind, times in figures.recovery.items() if times.count} == kinds
    assert figures.effects["writes answered 503 under lock"] > 0
    assert figures.effects["writes answered 503 on a full disk"] > 0
    assert figures.reads["disk full: 200"] > 0
    assert "503 without Retry-After" not in figures.answers
    assert figures.unknown_resolved > 0
    assert set(figures.by_kind) >= {"pay", "authorize", "capture", "refund"}
    assert figures.declined > 0
    assert figures.replayed > 0
