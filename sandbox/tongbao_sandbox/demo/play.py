"""Plays the demo: a sandbox on a free port in a temporary folder, the story, the statements, the proofs."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from tongbao_platform.domain.accounts.bank import find_bank_accounts
from tongbao_platform.domain.accounts.filters import TransactionFilter
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.accounts.transactions import transactions_of
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.processes.table import render_table
from tongbao_sandbox.demo.expectation import PAYER_LOGIN, Expectation
from tongbao_sandbox.demo.merchant_code import load_merchant
from tongbao_sandbox.demo.report import Check, DemoReport, Line, Statement
from tongbao_sandbox.demo.story import CURRENCY, Stage, play_story
from tongbao_sandbox.demo.timeline import Timeline
from tongbao_sandbox.open import Sandbox, opened_sandbox
from tongbao_sandbox.options import SandboxOptions, free_port

_HOST: Final = "127.0.0.1"
_MOST_LINES: Final = 200


async def play_demo(timeline: Timeline, expected: Expectation) -> DemoReport:
    """Play everything; the report says whether all was as ``expected``."""
    merchant = load_merchant()
    shop_port = free_port(_HOST, 0)
    with tempfile.TemporaryDirectory(prefix="tongbao-demo-") as folder:
        options = SandboxOptions(
            host=_HOST,
            port=0,
            database_url=f"sqlite:///{folder}/sandbox.db",
            state_file=Path(folder) / "sandbox.json",
            return_origins=(f"http://{_HOST}:{shop_port}",),
        )
        async with opened_sandbox(options) as sandbox:
            timeline.step("sandbox", f"is ready at {sandbox.state.base_url}")
            stage = Stage(sandbox, merchant, shop_port, expected, timeline)
            return await _played(stage)


async def _played(stage: Stage) -> DemoReport:
    timeline, reader = stage.timeline, stage.sandbox.foundation.reader
    statements: list[Statement] = []
    fault = None
    try:
        statements = await asyncio.to_thread(play_story, stage)
    except Exception as error:  # noqa: BLE001 - whatever broke the story is what the demo has to tell
        fault = f"{type(error).__name__}: {error}"
        timeline.verdict(f"The story broke off: {fault}", good=False)
    else:
        statements += await _bank_statements(stage.sandbox)
        _judge_statements(stage, statements)
    async with reader.snapshot() as snapshot:
        proved = await verify(snapshot)
    timeline.step("verifier", f"{len(proved.checks)} proofs over {sum(proved.counts.values())} rows")
    timeline.check("findings of the verifier", len(proved.findings), 0)
    return DemoReport(
        ok=fault is None and all(check.ok for check in timeline.checks),
        seconds=round(timeline.seconds, 3),
        base_url=stage.sandbox.state.base_url,
        steps=tuple(timeline.steps),
        checks=tuple(_shown(check) for check in timeline.checks),
        statements=tuple(statements),
        proofs=proved.checks,
        findings=tuple(f"{each.check}: {each.subject}: {each.detail}" for each in proved.findings),
        fault=fault,
    )


def _shown(check: Check) -> dict[str, object]:
    return {**msgspec.structs.asdict(check), "ok": check.ok}


def _judge_statements(stage: Stage, statements: list[Statement]) -> None:
    """Print each statement and compare it with what must be."""
    for statement in statements:
        rows = [(line.type, _yuan(line.amount_minor), _yuan(line.balance_after_minor)) for line in statement.lines]
        stage.timeline.step("bank", f"statement of {statement.who} (from {statement.source})")
        table = render_table(("entry", "amount", "balance"), rows)
        stage.timeline.text("\n".join(f"{' ' * 24}{line}" for line in table.splitlines()))
        stage.timeline.check(f"the statement of {statement.who} adds up", statement.adds_up())
    wanted = stage.expected.balances()
    for statement in statements:
        stage.timeline.check(f"{statement.who} has, in fen", statement.balance_minor, wanted[statement.who])
    together = sum(statement.balance_minor for statement in statements)
    stage.timeline.check("nothing was lost or made: all have together, in fen", together, stage.expected.brought_in())


async def _bank_statements(sandbox: Sandbox) -> list[Statement]:
    bank = await find_bank_accounts(sandbox.foundation.reader)
    customer = sandbox.state.customer(PAYER_LOGIN)
    return [
        await _bank_statement(sandbox, "customer", customer.account_ids[0]),
        await _bank_statement(sandbox, "fee income", bank.fee_income[CURRENCY]),
    ]


async def _bank_statement(sandbox: Sandbox, who: str, account_id: str) -> Statement:
    reader = sandbox.foundation.reader
    balance = await get_balance(reader, None, account_id)
    found = await transactions_of(reader, None, account_id)
    if balance is None or found is None:
        raise LookupError(f"the account {account_id} of {who} is not in the ledger")
    newest_first = await found.page(TransactionFilter(), None, _MOST_LINES)
    lines = tuple(
        Line(type=each.type, amount_minor=each.amount_minor, balance_after_minor=each.balance_after_minor)
        for each in reversed(newest_first)
    )
    return Statement(
        who=who, account_id=account_id, source="the ledger", balance_minor=balance.posted_minor, lines=lines
    )


def _yuan(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02}"
