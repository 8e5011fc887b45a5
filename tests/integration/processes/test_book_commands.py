"""The operator's commands on the book, on both databases: from a migrated bank to a balanced one."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.bank import find_bank_accounts
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.execution.operation import Context
from tongbao_platform.kernel.clock import DAY_MS, SystemClock, VirtualClock, later
from tongbao_platform.processes.book_commands import show_clearing
from tongbao_platform.processes.book_jobs import RollUpDays, book_jobs
from tongbao_platform.processes.command import main
from tongbao_platform.processes.foundation import Foundation, Sources, open_foundation
from tongbao_platform.processes.metrics import Metrics
from tongbao_platform.settings import load_settings

FUNDS_MINOR = 100_000
FEE_MINOR = 100


class Server:
    """Runs commands as a shell would, and what no command does on an opened foundation."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.environment = {"TONGBAO_DATABASE_URL": url}
        self.capsys = capsys
        self.account = ""
        self.dollars = ""

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        told = self.capsys.readouterr()
        return status, told.out, told.err

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed; return what it printed."""
        status, out, err = self(*arguments)
        assert status == 0, err
        return out

    def refused(self, *arguments: str) -> str:
        """Run a command that is refused; return why."""
        status, _, err = self(*arguments)
        assert status == 1
        return err

    def inside(self, work: Callable[[Foundation], Awaitable[Any]], sources: Sources | None = None) -> Any:
        """Do something on the opened foundation."""

        async def run() -> Any:
            async with open_foundation(load_settings(self.environment), sources) as foundation:
                return await work(foundation)

        return asyncio.run(run())


@pytest.fixture
def server(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Server:
    """Give a migrated bank with one merchant that has yuan, an account in dollars, and fee income."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGBAO_DATABASE_URL", empty_database_url)
    server = Server(empty_database_url, capsys)
    server.done("migrate")
    told = server.done("admin", "merchants", "create", "Shop")
    ids = {prefix: re.search(rf"{prefix}_\w{{26}}", told) for prefix in ("mch", "acc")}
    merchant, account = ids["mch"], ids["acc"]
    assert merchant
    assert account
    server.account = account[0]

    async def fill(foundation: Foundation) -> str:
        bank = await find_bank_accounts(foundation.reader)
        dollars = foundation.ids.new("acc")
        opening = OpenAccount(account_id=dollars, owner_id=merchant[0], kind="merchant", currency="USD")
        settlement = bank.settlement["CNY"]
        arrivals = [
            Deposit(account_id=target, from_account_id=settlement, amount_minor=amount, reference_id="x")
            for target, amount in ((account[0], FUNDS_MINOR), (bank.fee_income["CNY"], FEE_MINOR))
        ]
        await foundation.committer.run(open_account, opening, Context(actor="test"))
        for arrival in arrivals:
            await foundation.committer.run(deposit, arrival, Context(actor="test"))
        return dollars

    server.dollars = server.inside(fill)
    return server


def test_the_banks_accounts_are_opened_once(server: Server) -> None:
    told = server.done("trial-balance")
    assert "Debits equal credits." in told
    for line in (
        r"CNY\s+bank_settlement\s+1\s+100100\s+0\s+0\s+-100100",
        r"CNY\s+clearing\s+1\s+0\s+0\s+0\s+0",
        r"CNY\s+fx_position\s+1\s+0\s+0\s+0\s+0",
        r"USD\s+fx_position\s+1\s+0\s+0\s+0\s+0",
        r"CNY\s+merchant\s+1\s+0\s+100000\s+0\s+100000",
        r"CNY\s+sum\s+0",
        r"USD\s+sum\s+0",
    ):
        assert re.search(line, told), (line, told)
    server.done("migrate")
    assert server.done("trial-balance") == told


def test_money_is_swept_settled_converted_and_split(server: Server) -> None:
    sweep = ("admin", "accounts", "sweep", server.account, "--at-most", "30000", "--reference", "s1")
    assert "swept 30000 CNY" in server.done(*sweep)
    assert "reference_used" in server.refused(*sweep)
    assert re.search(r"sweep\s+CNY\s+acc_\w+\s+30000\s+20\S+Z\s+\d+\s+86400", server.done("clearing"))
    settle = ("admin", "clearing", "settle", "--amount")
    server.done(*settle, "20000", "--reference", "o1")
    server.done(*settle, "10000", "--reference", "o2", "--return-to", server.account)
    assert "insufficient_balance" in server.refused(*settle, "1", "--reference", "o3")
    assert re.search(r"sweep\s+CNY\s+acc_\w+\s+0\s+86400", server.done("clearing"))
    convert = ("admin", "accounts", "convert", server.account, server.dollars, "--amount", "70000")
    told = server.done(*convert, "--rate", "0.1384", "--margin-ppm", "2500", "--reference", "c1")
    assert "margin 175" in told
    assert "9663 USD" in told
    assert "is not a rate" in server.refused(*convert, "--rate", "0,1384", "--reference", "c2")
    assert "insufficient_balance" in server.refused(*convert, "--rate", "0.1384", "--reference", "c3")
    split = ("admin", "fees", "split", "--amount", "100", "--reference", "f1", "--share")
    assert "not a share" in server.refused(*split, server.account)
    assert "1,000,000" in server.refused(*split, f"{server.account}=5")
    assert f"{server.account}  100" in server.done(*split, f"{server.account}=1000000")
    assert "Debits equal credits." in server.done("trial-balance")
    assert "The books are right" in server.done("verify")


def test_an_account_is_frozen_unfrozen_and_closed(server: Server) -> None:
    freeze = ("admin", "accounts", "freeze", server.dollars, "--reason", "order 7")
    assert "is frozen" in server.done(*freeze)
    assert "account_invalid_state" in server.refused(*freeze)
    assert "account_invalid_state" in server.refused("admin", "accounts", "close", server.dollars)
    assert "is open" in server.done("admin", "accounts", "unfreeze", server.dollars, "--reason", "lifted")
    assert "account_not_empty" in server.refused("admin", "accounts", "close", server.account)
    assert "is closed" in server.done("admin", "accounts", "close", server.dollars)
    assert "account_invalid_state" in server.refused(*freeze)


def test_what_does_not_exist_is_said(server: Server) -> None:
    assert "not_found" in server.refused("admin", "accounts", "close", "acc_none")
    reference = ("--reference", "x")
    assert "no account acc_none" in server.refused(
        "admin", "accounts", "sweep", "acc_none", "--at-most", "1", *reference
    )
    for noun, arguments in (
        ("clearing account", ("accounts", "sweep", server.dollars, "--at-most", "1")),
        ("clearing account", ("clearing", "settle", "--amount", "1", "--currency", "EUR")),
        ("fee-income account", ("fees", "split", "--amount", "1", "--currency", "EUR", "--share", "a=1000000")),
    ):
        assert f"no {noun}" in server.refused("admin", *arguments, *reference)


def test_a_balance_that_waits_too_long_is_a_finding(server: Server) -> None:
    server.done("admin", "accounts", "sweep", server.account, "--at-most", "1", "--reference", "s1")

    async def look(foundation: Foundation) -> tuple[int, str, str]:
        metrics = Metrics(foundation.committer)
        (watch,) = [job for job in book_jobs(foundation, metrics) if job.name == "watch_clearing"]
        assert await watch.run() == 0
        status, told = await show_clearing(foundation)
        return status, told, metrics.render().decode()

    def at(later_ms: int) -> tuple[int, str, str]:
        clock = VirtualClock(later(SystemClock().now(), later_ms))
        told: tuple[int, str, str] = server.inside(look, Sources(clock=clock))
        return told

    status, told, metrics = at(0)
    assert (status, "TOO LONG" in told) == (0, False)
    assert 'pay_clearing_balance_minor{currency="CNY",flow="sweep"} 1.0' in metrics
    status, told, metrics = at(2 * DAY_MS)
    assert (status, "TOO LONG" in told) == (1, True)
    age = re.search(r'pay_clearing_oldest_seconds\{flow="sweep"\} (\S+)', metrics)
    assert age
    assert float(age[1]) >= 2 * 86_400 - 60


def test_the_job_rolls_up_once_a_date_has_closed(server: Server) -> None:
    clock = VirtualClock(SystemClock().now())

    async def work(foundation: Foundation) -> list[int]:
        job = RollUpDays(foundation)
        counts = [await job.run(), await job.run()]
        clock.advance(2 * DAY_MS)
        counts += [await job.run(), await job.run()]
        # A process that starts anew looks at everything and finds nothing to do.
        return [*counts, await RollUpDays(foundation).run()]

    # The settlement account, the merchant's and fee income.
    assert server.inside(work, Sources(clock=clock)) == [0, 0, 3, 0, 0]
