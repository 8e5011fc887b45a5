"""The command line of the benchmarks."""

from pathlib import Path

import pytest

from benchmarks.options import BATCHES, CASES, parse


def test_by_default_everything_is_measured_five_times() -> None:
    options = parse([])
    assert (options.runs, options.seconds, options.batches) == (5, 1.0, BATCHES)
    assert (options.processes, options.growth_payments) == ((1,), 1_000_000)
    assert options.cases == set(CASES)
    assert all(options.runs_case(case) for case in ("ledger", "api", "h5"))
    assert options.needs_postgresql
    assert not options.readme


def test_quick_is_one_short_run_unless_told_otherwise() -> None:
    assert (parse(["--quick"]).runs, parse(["--quick"]).seconds) == (1, 0.7)
    assert parse(["--quick", "--runs", "2"]).runs == 2
    assert parse(["--quick", "--seconds", "1.5"]).seconds == 1.5


def test_cases_are_chosen_by_name() -> None:
    options = parse(["--only", "ledger, h5"])
    assert options.runs_case("ledger")
    assert options.runs_case("h5")
    assert not options.runs_case("api")
    assert "sqlite" not in options.cases


def test_sqlite_alone_needs_no_postgresql_and_runs_every_case() -> None:
    options = parse(["--only", "sqlite"])
    assert not options.needs_postgresql
    assert options.runs_case("api")
    assert parse(["--only", "sqlite,api"]).needs_postgresql
    assert not parse(["--only", "sqlite,api"]).runs_case("h5")


def test_growth_needs_both_databases_and_nothing_fresh() -> None:
    options = parse(["--only", "growth"])
    assert options.needs_postgresql
    assert options.needs_sqlite
    assert not options.needs_rounds
    assert parse(["--quick"]).growth_payments == 20_000
    assert parse(["--quick", "--growth-payments", "500"]).growth_payments == 500


def test_the_budget_needs_neither_for_it_has_a_cluster_of_its_own() -> None:
    options = parse(["--only", "budget"])
    assert not options.needs_postgresql
    assert not options.needs_sqlite
    assert not options.needs_rounds


def test_numbers_of_processes_follow_each_other() -> None:
    assert parse(["--processes", "1,2"]).processes == (1, 2)


def test_batches_paths_and_the_page() -> None:
    options = parse(["--batches", "8,256", "--json", "x.json", "--directory", "/data", "--write-readme"])
    assert options.batches == (8, 256)
    assert (options.json, options.directory, options.readme) == (Path("x.json"), Path("/data"), True)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--only", "redis"],
        ["--only", ""],
        ["--batches", "0"],
        ["--batches", "257"],
        ["--processes", "0"],
        ["--growth-payments", "150"],
        ["--runs", "0"],
        ["--runs", "many"],
        ["--seconds", "0"],
        ["--seconds", "61"],
        ["--seconds", "nan"],
        ["--seconds", "soon"],
        ["extra"],
    ],
)
def test_wrong_usage_ends_with_status_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2
    assert "usage: python -m benchmarks" in capsys.readouterr().err
