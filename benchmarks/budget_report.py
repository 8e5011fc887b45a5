"""The budget of one payment as tables."""

from collections.abc import Sequence
from typing import Final

from benchmarks.budget import Budget, StageCost
from benchmarks.in_process import IN_FLIGHT
from benchmarks.stage_hooks import GROUPS, STATEMENT, STEP, group_of
from benchmarks.tables import number, table

_SHOWN_FROM_US: Final = 1.0


def budget_report(budget: Budget) -> str:
    """Return both tables with what must be known to read them."""
    real = budget.loop_us + budget.threads_us
    about = (
        f"Processor time of one signed `account` payment on PostgreSQL in µs, medians of {budget.slices} slices of "
        f"{budget.payments:,} payments with {IN_FLIGHT} in flight, {budget.batch_mean:.0f} a commit. Without sockets "
        f"the application takes {number(budget.application_us)} (with the stages switched on "
        f"{number(budget.staged_us)}), the real process {number(real)}, PostgreSQL {number(budget.database_us)} more."
    )
    parts = [about, _stage_table(budget), _statement_table(budget)]
    if budget.missing:
        parts.append(f"**Not found, and so part of the stage around it: {', '.join(budget.missing)}.**")
    return "\n\n".join(parts) + "\n"


def _stage_table(budget: Budget) -> str:
    lines: list[tuple[str, str, str, str]] = []
    told = 0.0
    for group in GROUPS:
        stages = [stage for stage in budget.stages if group_of(stage.name) == group]
        told += sum(stage.us for stage in stages)
        lines.append((f"**{group}**", f"**{_us(sum(stage.us for stage in stages))}**", "", _share(stages, budget)))
        shown = sorted((stage for stage in stages if stage.us >= _SHOWN_FROM_US), key=lambda stage: -stage.us)
        lines += [(_name(stage), _us(stage.us), number(stage.entries, 2), "") for stage in shown]
        rest = [stage for stage in stages if stage.us < _SHOWN_FROM_US]
        if rest:
            lines.append((f"{len(rest)} more", _us(sum(stage.us for stage in rest)), "", ""))
    left = budget.application_us - told
    real = budget.loop_us + budget.threads_us
    lines += [
        ("**left over** (event loop, tasks, garbage collector)", f"**{_us(left)}**", "", _of(left, real)),
        ("**HTTP server**, on the event loop", f"**{_us(budget.loop_us - budget.application_us)}**", "", ""),
        ("**HTTP server**, its own threads", f"**{_us(budget.threads_us)}**", "", _of(budget.threads_us, real)),
        ("**the real process**", f"**{_us(real)}**", "", "100%"),
    ]
    return table(("stage", "µs", "entered", "share"), lines)


def _statement_table(budget: Budget) -> str:
    server = sum(cost.server_us or 0.0 for cost in budget.statements)
    lines = [
        (cost.name, number(cost.rows, 2), number(cost.server_us, 1), number(cost.client_us, 1))
        for cost in budget.statements
        if max(cost.server_us or 0.0, cost.client_us or 0.0) >= _SHOWN_FROM_US
    ]
    left = budget.database_us - server
    lines += [
        ("**all statements**", "", f"**{number(server, 1)}**", ""),
        ("**left over** (parse, network, commit, WAL writer)", "", f"**{number(left, 1)}**", ""),
        ("**PostgreSQL**", "", f"**{number(budget.database_us, 1)}**", ""),
    ]
    return table(("statement, per payment", "rows", "PostgreSQL µs", "client µs"), lines)


def _name(stage: StageCost) -> str:
    return stage.name.removeprefix(STATEMENT).removeprefix(STEP).replace("_", " ")


def _us(value: float) -> str:
    return number(value, 1)


def _share(stages: Sequence[StageCost], budget: Budget) -> str:
    return _of(sum(stage.us for stage in stages), budget.loop_us + budget.threads_us)


def _of(part: float, whole: float) -> str:
    return f"{part / whole:.0%}"
