"""``serve --processes``: several behind one address, one that dies is replaced, and all end together."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories.servers import (
    STOP_SECONDS,
    ServerProcess,
    books,
    environment_for,
    prepare_database,
)
from tongbao_platform.processes.command import main
from tongbao_platform.processes.foundation import open_foundation

StartSeveral = Callable[[str], ServerProcess]
COUNT = 2
SERVES = '"message":"serving '
PAYMENTS = 30
PROBES = 200


@pytest.fixture
def several(tmp_path: Path) -> Iterator[StartSeveral]:
    """Give a function that makes a server of several processes; what still runs at the end is killed."""
    made: list[ServerProcess] = []

    def make(database_url: str) -> ServerProcess:
        arguments = ("serve", "--processes", str(COUNT))
        made.append(ServerProcess(environment_for(database_url, tmp_path), tmp_path, arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()


def children(server: ServerProcess) -> list[int]:
    pid = server.process_id
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def until_gone(handles: list[int]) -> None:
    """Wait until the processes behind the pidfds have ended."""
    for handle in handles:
        ended, _, _ = select.select([handle], [], [], STOP_SECONDS)
        assert ended, "a process did not end"
        os.close(handle)


@pytest.mark.postgresql
async def test_one_that_dies_is_replaced_and_all_end_together(postgresql_url: str, several: StartSeveral) -> None:
    server = several(postgresql_url)
    parties = await prepare_database(server.settings)
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.until_told, SERVES, COUNT)
    before = children(server)
    assert len(before) == COUNT
    os.kill(before[0], signal.SIGKILL)
    await asyncio.to_thread(server.until_told, SERVES, COUNT + 1)
    after = children(server)
    assert len(after) == COUNT
    assert before[0] not in after
    assert before[1] in after

    async with parties.buyer.client(server.address) as buyer:
        paid = [
            await buyer.payments.create(
                merchant_order_no=f"shared-{number}",
                amount={"value": 100, "currency": "CNY"},
                method={
                    "type": "account",
                    "source_account_id": parties.buyer.account_id,
                    "payee_account_id": parties.shop.account_id,
                },
            )
            for number in range(PAYMENTS)
        ]
    assert {each.status.value for each in paid} == {"succeeded"}
    for _ in range(PROBES):
        # A new connection each time, so that all processes write their log.
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{server.settings.base_url}/livez")).status_code == 200
    handles = [os.pidfd_open(child) for child in after]
    assert await asyncio.to_thread(server.stop) == 0
    until_gone(handles)
    lines = [json.loads(line) for line in server.output.read_text(encoding="utf-8").splitlines()]
    assert sum(line["route"] == "/livez" for line in lines) == PROBES
    assert sum((line["route"], line["status"]) == ("/v1/payments", 201) for line in lines) == PAYMENTS
    async with open_foundation(server.settings) as foundation:
        report = await books(foundation.reader)
    assert report.is_clean, report.findings
    assert report.counts["payment"] == PAYMENTS


@pytest.mark.postgresql
async def test_without_the_one_that_watches_the_others_end_too(postgresql_url: str, several: StartSeveral) -> None:
    server = several(postgresql_url)
    await prepare_database(server.settings)
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.until_told, SERVES, COUNT)
    handles = [os.pidfd_open(child) for child in children(server)]
    server.kill()
    await asyncio.to_thread(until_gone, handles)
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{server.settings.base_url}/livez")


@pytest.mark.postgresql
async def test_whoever_interrupts_twice_does_not_wait(postgresql_url: str, several: StartSeveral) -> None:
    server = several(postgresql_url)
    await prepare_database(server.settings)
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.until_told, SERVES, COUNT)
    stuck = children(server)
    for child in stuck:
        # A process that never comes to its end.
        os.kill(child, signal.SIGSTOP)
    handles = [os.pidfd_open(child) for child in stuck]
    server.signal(signal.SIGINT)
    await asyncio.to_thread(server.until_told, "stopping")
    server.signal(signal.SIGINT)
    assert await asyncio.to_thread(server.wait) == 1
    until_gone(handles)


@pytest.mark.postgresql
def test_what_cannot_start_is_not_started_again_and_again(postgresql_url: str, tmp_path: Path) -> None:
    """The bank's own accounts are missing: nothing has prepared this database."""
    environment = {**os.environ, **environment_for(postgresql_url, tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tongbao_platform.processes.command", "serve", "--processes", str(COUNT)]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert ended.returncode == 2, ended.stderr
    assert b"run tongbao-server migrate" in ended.stderr
    assert b"another one is started" not in ended.stderr


@pytest.mark.parametrize("count", ["0", "-1", "65", "two", ""])
def test_how_many_is_a_small_number(
    count: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment_for("sqlite:///nowhere.db", tmp_path).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        main(["serve", f"--processes={count}"])
    assert caught.value.code == 2
    assert "is not between 1 and 64" in capsys.readouterr().err


def test_sqlite_has_one_writer_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment_for("sqlite:///nowhere.db", tmp_path).items():
        monkeypatch.setenv(name, value)
    assert main(["serve", "--processes", "2"]) == 2
    assert "one writer process" in capsys.readouterr().err
