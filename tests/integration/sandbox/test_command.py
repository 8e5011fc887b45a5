"""``tongbao-sandbox`` as a user types it."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories.sandbox_process import sandbox_command, sandbox_environment, sandbox_process
from tongbao import Tongbao, models


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        sandbox_command(*arguments),
        cwd=folder,
        env=sandbox_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of a running sandbox."""
    place = tmp_path_factory.mktemp("sandbox")
    with sandbox_process(place):
        yield place


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_shows_where_it_is_and_stops_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    with sandbox_process(tmp_path) as (process, screen):
        file = tmp_path / "var" / "sandbox.json"
        state = json.loads(file.read_text())
        assert file.stat().st_mode & 0o777 == 0o600
        ready = httpx.get(f"{state['base_url']}/readyz", trust_env=False)
        assert ready.status_code == 200
        process.send_signal(number)
        told, errors = process.communicate(timeout=60)
        assert process.returncode == 0
    assert errors == ""
    assert "Stopping" in told
    for shown in (state["base_url"], "var/sandbox.json", "xiaoming", state["customers"][0]["pin"], "100,000.00"):
        assert shown in screen
    # Keys are in the file alone.
    assert state["merchants"][0]["private_jwks"][0]["d"] not in screen


def test_a_second_one_on_the_same_file_is_refused(folder: Path) -> None:
    before = (folder / "var" / "sandbox.json").read_bytes()
    second = _run(folder, "run", "--port", "0")
    assert second.returncode == 2
    assert "in use by another process" in second.stderr
    assert "Traceback" not in second.stderr
    assert (folder / "var" / "sandbox.json").read_bytes() == before
    reset = _run(folder, "reset")
    assert reset.returncode == 2
    assert (folder / "var" / "sandbox.json").read_bytes() == before


def _payment(folder: Path, order_no: str) -> tuple[Tongbao, models.Payment, str]:
    client = Tongbao.from_sandbox(folder / "var" / "sandbox.json")
    payment = client.payments.create(
        merchant_order_no=order_no,
        amount={"value": 1999, "currency": "CNY"},
        description="Two coffees",
        method={"type": "h5", "return_url": "https://m.shop.example/done"},
    )
    assert isinstance(payment.next_action, models.RedirectToUrl)
    return client, payment, payment.next_action.url


@pytest.mark.parametrize(
    ("order_no", "options", "status", "shown"),
    [
        ("pays", (), "succeeded", "succeeded"),
        ("other-pays", ("--as", "xiaohong"), "succeeded", "succeeded"),
        ("declines", ("--decline",), "requires_action", "requires_action"),
    ],
)
def test_approve_lands_where_a_browser_would(
    folder: Path, order_no: str, options: tuple[str, ...], status: str, shown: str
) -> None:
    client, payment, url = _payment(folder, order_no)
    with client:
        done = _run(folder, "approve", url, *options)
        assert done.returncode == 0, done.stderr
        landing = done.stdout.strip()
        assert landing.startswith("https://m.shop.example/done?")
        returned = client.verify_return(httpx.URL(landing).params["result"])
        assert (returned.payment_id, returned.status) == (payment.id, shown)
        assert client.payments.get(payment.id).status == status


def test_who_lacks_the_money_is_declined(folder: Path) -> None:
    client, payment, url = _payment(folder, "too-poor")
    with client:
        done = _run(folder, "approve", url, "--as", "laoqian")
        assert done.returncode == 0, done.stderr
        returned = client.verify_return(httpx.URL(done.stdout.strip()).params["result"])
        assert returned.status == "requires_action"
        found = client.payments.get(payment.id)
        assert found.last_error is not None
        assert found.last_error.code == "insufficient_funds"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("approve", "{base}/checkout/nothing"), "tongbao-sandbox: "),
        (("approve", "{base}/checkout/nothing", "--as", "nobody"), "there is no customer nobody"),
        (("approve", "http://127.0.0.1:1/", "--state", "elsewhere.json"), "tongbao-sandbox run"),
        (("approve", "http://127.0.0.1:1/checkout"), "tongbao-sandbox: "),
        (("run", "--database", "mysql://127.0.0.1/x"), "sqlite:///path or postgresql://"),
        (("run", "--port", "0", "--database", "postgresql://postgres@127.0.0.1/tongbao_not_there"), "does not exist"),
        (("run", "--port", "0", "--return-origin", "nonsense"), "is no origin"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    base = json.loads((folder / "var" / "sandbox.json").read_text())["base_url"]
    done = _run(folder, *(argument.format(base=base) for argument in arguments))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
