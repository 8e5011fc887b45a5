"""The tables that people read."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.__main__ import as_json
from benchmarks.figures import Middle, Sample
from benchmarks.machine import Machine
from benchmarks.options import Options
from benchmarks.report import report
from benchmarks.rounds import Measured
from benchmarks.sizes import TableSize
from benchmarks.tables import number, put_between, spread, table

MACHINE = Machine(
    processor="A processor",
    cores=2,
    memory_gib=4.0,
    system="Linux 6",
    python="3.11.7",
    sqlite="3.40.1",
    file_system="ext4",
    sync_ms=0.8,
    load=0.1,
    postgresql="15.1",
)


def measured(*samples: Sample, quick: bool = False) -> Measured:
    options = Options(quick=quick, runs=1, directory=Path("/secret"), json=Path("/secret/file"))
    return Measured(machine=MACHINE, options=options, samples=list(samples), baselines=[4_000.0], seconds_taken=61.2)


API_RUN = Sample(
    case="account",
    database="postgresql",
    round=0,
    rate=1_700.4,
    baseline=4_000.0,
    process_cpu_us=500.0,
    database_cpu_us=120.0,
    generator_share=0.071,
    batch_mean=31.5,
    latency_ms=(30.04, 60.0, 90.0),
)


def test_a_table_is_aligned_markdown() -> None:
    assert table(("case", "n"), [("a", "1"), ("long name", "1,000")]) == (
        "| case      |     n |\n| --------- | ----: |\n| a         |     1 |\n| long name | 1,000 |"
    )


def test_numbers_have_thousands_a_range_or_a_dash() -> None:
    assert number(12_345.6) == "12,346"
    assert number(0.4321, 2) == "0.43"
    assert number(None) == "–"
    assert spread(Middle(2.0, 1.0, 3.0)) == "2 (1 … 3)"
    assert spread(Middle(2.0, 2.0, 2.0), 1) == "2.0"
    assert spread(None) == "–"


def test_a_report_shows_the_rate_its_ratio_and_who_used_the_processors() -> None:
    text = report(measured(API_RUN))
    [line] = [line for line in text.splitlines() if line.startswith("| account |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["account", "1,700", "0.43", "500", "120", "7% of a core", "31.5", "30.0 / 60.0 / 90.0", "3.0"]
    assert "| account payments through the API, × TPC-B" in text
    assert "4,000 (4,000 … 4,000) transactions/s in 1 runs" in text
    assert "not measured" in text
    assert "Ledger postings" not in text


def test_a_quick_run_says_so() -> None:
    assert "A quick run" in report(measured(API_RUN, quick=True))
    assert "A quick run" not in report(measured(API_RUN))


def test_several_numbers_of_processes_are_told_apart() -> None:
    text = report(measured(API_RUN, replace(API_RUN, processes=2, rate=2_400.0)))
    assert "| account, 1 process " in text
    assert "| account, 2 processes |" in text
    assert "the same, from 2 processes" in text


def test_growth_shows_both_sizes_side_by_side_and_what_a_payment_takes() -> None:
    runs = [replace(API_RUN, stored=stored, rate=rate) for stored, rate in ((100, 1_000.0), (10_000, 980.0))]
    size = TableSize(database="postgresql", stored=100, table="payment", rows=800.4, indexes=100.0, apart=2.0)
    on_sqlite = TableSize(database="sqlite", stored=10, table="payment", rows=700.0, indexes=50.0)
    about = replace(measured(*runs), sizes=[size, replace(size, table="event"), on_sqlite])
    lines = report(about).splitlines()
    [few, many] = [line for line in lines if line.startswith("| account through the API |")]
    assert [cell.strip() for cell in few.split("|")][3:6] == ["100", "1,000", "–"]
    assert [cell.strip() for cell in many.split("|")][3:6] == ["10,000", "980", "0.98"]
    assert "Stored payments when their size was taken: PostgreSQL 100, SQLite 10." in lines
    [payment] = [line for line in lines if line.startswith("| payment ")]
    assert [cell.strip() for cell in payment.strip("|").split("|")] == [
        *("payment", "800", "100", "2", "902"),
        *("700", "50", "750"),
    ]
    [event] = [line for line in lines if line.startswith("| event ")]
    assert lines.index(payment) < lines.index(event)
    [whole] = [line for line in lines if line.startswith("| **all**")]
    assert "**1,805**" in whole
    assert "**750**" in whole


def test_results_are_put_between_their_markers_and_nowhere_else() -> None:
    begin, end = "<!-- results: begin -->", "<!-- results: end -->"
    page = f"# Title\n{begin}\nold\n{end}\nrest\n<!-- budget: begin -->\n<!-- budget: end -->\n"
    assert put_between(page, "results", "new\n") == page.replace("old", "\nnew\n")
    assert put_between(put_between(page, "results", "new"), "results", "new") == put_between(page, "results", "new")
    for broken in ("no markers", f"{begin} only", f"{end} {begin}"):
        with pytest.raises(ValueError, match="markers"):
            put_between(broken, "results", "new")


@pytest.mark.parametrize("name", ["results", "budget"])
def test_the_page_has_its_markers(name: str) -> None:
    page = Path(__file__).parents[3] / "benchmarks" / "README.md"
    assert "here" in put_between(page.read_text(encoding="utf-8"), name, "here")


def test_the_json_holds_every_run_and_no_path() -> None:
    text = as_json(measured(API_RUN)).decode()
    assert "secret" not in text
    assert '"rate": 1700.4' in text
    assert '"tpcb_per_second"' in text
