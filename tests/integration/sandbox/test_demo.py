"""The demo succeeds, tells all, and fails when a figure is off."""

import json
import subprocess
from typing import Any

import pytest
from msgspec.structs import replace

from tests.factories.sandbox_process import sandbox_command, sandbox_environment
from tongbao_sandbox.command import main
from tongbao_sandbox.demo.expectation import Expectation
from tongbao_sandbox.demo.play import play_demo
from tongbao_sandbox.demo.timeline import Timeline


def _demo(tmp_path: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        sandbox_command("demo", *arguments),
        cwd=tmp_path,
        env=sandbox_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_the_demo_tells_the_story_and_ends_well(tmp_path: Any) -> None:
    done = _demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for word in (
        "POST /v1/payments → 201 (signed, answer signed)",
        "webhook verified: payment.succeeded",
        "cleared it: hold_opened, notified, posted, hold_released, notified",
        "webhook verified: refund.succeeded",
        "statement of shop",
        "statement of fee income",
        "checks passed",
    ):
        assert word in done.stdout
    assert "✗" not in done.stdout
    assert "\x1b" not in done.stdout
    # Everything was in a temporary folder.
    assert list(tmp_path.iterdir()) == []


def test_its_json_is_complete(tmp_path: Any) -> None:
    done = _demo(tmp_path, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert report["fault"] is None
    assert report["seconds"] < 60
    assert report["findings"] == []
    assert len(report["proofs"]) > 5
    assert all(check["ok"] for check in report["checks"])
    assert {statement["who"] for statement in report["statements"]} == {"shop", "partner", "customer", "fee income"}
    balances = {statement["who"]: statement["balance_minor"] for statement in report["statements"]}
    assert balances["shop"] == 100_000_000 + 1_999 - 12 + 250_000 - 1_500 + 60_000 - 360 - 999 + 6
    assert balances["partner"] == 100_000_000 - 250_000 - 60_000
    assert balances["customer"] == 5_000_000 - 1_999 + 999
    assert balances["fee income"] == 12 + 1_500 + 360 - 6
    steps = [step["at_ms"] for step in report["steps"]]
    assert steps == sorted(steps)
    assert len(steps) > 15


@pytest.mark.parametrize(
    "figure", ["order_fee_minor", "transfer_fee_minor", "captured_fee_minor", "fee_returned_minor"]
)
async def test_a_figure_that_is_off_fails_the_demo(figure: str) -> None:
    right = Expectation()
    wrong = replace(right, **{figure: getattr(right, figure) + 1})
    written: list[str] = []
    report = await play_demo(Timeline(written.append, colored=False), wrong)
    assert not report.ok
    failed = {check["name"] for check in report.checks if not check["ok"]}
    assert {"shop has, in fen", "fee income has, in fen"} <= failed
    assert "✗" in "".join(written)


async def test_a_story_that_breaks_off_fails_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_pays(*_: object) -> str:
        raise ConnectionRefusedError("the bank is closed")

    monkeypatch.setattr("tongbao_sandbox.demo.story.approve", nobody_pays)
    report = await play_demo(Timeline(lambda _: None, colored=False), Expectation())
    assert not report.ok
    assert report.fault == "ConnectionRefusedError: the bank is closed"


def test_the_commands_exit_status_tells(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = replace(Expectation(), order_fee_minor=13)
    monkeypatch.setattr("tongbao_sandbox.command.Expectation", lambda: wrong)
    monkeypatch.setattr("tongbao_sandbox.command.log_as_json", lambda _: None)
    assert main(["demo", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
