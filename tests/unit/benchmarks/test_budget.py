"""The budget of one payment: names of statements, groups of stages, hooks that find what they name, the tables."""

import pytest

from benchmarks.budget import Budget, StageCost, StatementCost
from benchmarks.budget_report import budget_report
from benchmarks.stage_clock import StageClock
from benchmarks.stage_hooks import GROUPS, STAGES, Hooks, group_of
from benchmarks.statements import statement_name
from tongbao_platform.http import application
from tongbao_platform.storage.postgres_session import PostgresSession


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ('COPY "payment"("id", "livemode") FROM STDIN WITH (FORMAT binary)', "insert payment"),
        ("INSERT INTO outbox_batch (id) SELECT x.id FROM unnest($1) AS x", "insert outbox_batch"),
        ("INSERT INTO claim (kind) SELECT x.kind FROM unnest($1) x ON CONFLICT DO NOTHING", "insert_new claim"),
        ("SELECT a.id \nFROM ledger_account a WHERE a.id = ANY ($1) FOR NO KEY UPDATE", "load ledger_account"),
        ("SELECT client.id FROM client WHERE client.id = $1", "read client"),
        ("UPDATE ledger_account SET seq=x.seq FROM unnest($1) AS x", "update ledger_account"),
        ("DELETE FROM claim WHERE (kind) IN (SELECT x.kind FROM unnest($1))", "delete claim"),
        ("BEGIN ISOLATION LEVEL READ COMMITTED", "begin"),
        ("COMMIT", "commit"),
        ("SHOW server_version", "other"),
    ],
)
def test_a_statement_is_named_as_the_session_names_it(query: str, name: str) -> None:
    assert statement_name(query) == name


def test_every_stage_has_a_group() -> None:
    names = [stage for stage, _, _ in STAGES]
    assert {group_of(name) for name in (*names, "step route", "statement: commit", "driver: read answers")} <= set(
        GROUPS
    )


def test_every_hook_finds_its_function_and_leaves_the_platform_as_it_was() -> None:
    def hooked() -> tuple[object, ...]:
        return (vars(application)["pipeline"], application.Application.__call__, PostgresSession.insert)

    before = hooked()
    hooks = Hooks(StageClock())
    hooks.install()
    try:
        assert hooks.missing == []
        assert all(now is not then for now, then in zip(hooked(), before, strict=True))
    finally:
        hooks.remove()
    assert hooked() == before


def budget(*, missing: list[str] | None = None) -> Budget:
    return Budget(
        slices=3,
        payments=1_000,
        batch_mean=32.0,
        application_us=400.0,
        staged_us=450.0,
        loop_us=480.0,
        threads_us=20.0,
        database_us=150.0,
        stages=[
            StageCost("ES256 verify", 90.0, 1.0),
            StageCost("step size_limit", 10.0, 2.0),
            StageCost("step host", 0.4, 2.0),
            StageCost("statement: insert payment", 15.0, 0.03),
        ],
        statements=[StatementCost("insert payment", 15.0, 30.0, 1.0), StatementCost("commit", None, 0.1, 0.0)],
        missing=missing or [],
    )


def cells(text: str, first: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"| {first} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_stages_and_what_is_left_over_add_up_to_the_real_process() -> None:
    text = budget_report(budget())
    assert cells(text, "**request in**") == ["**request in**", "**10.4**", "", "2%"]
    assert cells(text, "1 more") == ["1 more", "0.4", "", ""]
    assert cells(text, "ES256 verify") == ["ES256 verify", "90.0", "1.00", ""]
    assert cells(text, "**left over** (event loop, tasks, garbage collector)")[1] == "**284.6**"
    assert cells(text, "**HTTP server**, on the event loop")[1] == "**80.0**"
    assert cells(text, "**the real process**")[1] == "**500.0**"


def test_statements_show_both_sides_and_the_rest_of_the_database() -> None:
    text = budget_report(budget())
    assert text.count("| insert payment ") == 2
    assert cells(text, "**left over** (parse, network, commit, WAL writer)")[2] == "**119.9**"


def test_a_hook_that_found_nothing_is_told() -> None:
    assert "a.module:Gone" in budget_report(budget(missing=["a.module:Gone"]))
    assert "Not found" not in budget_report(budget())
