"""``tongbao-server`` as an operator uses it, on both databases."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.processes.command import main
from tongbao_platform.storage.database import open_database
from tongbao_platform.storage.migrate import migrate

Server = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Server:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGBAO_DATABASE_URL", empty_database_url)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[0]


def test_from_nothing_to_a_client_with_a_key(server: Server, tmp_path: Path) -> None:
    assert server("verify")[0] == 2
    status, told, _ = server("migrate")
    assert (status, "applied" in told) == (0, True)
    assert "already" in server("migrate")[1]
    merchant = found(r"mch_\w{26}", server("admin", "merchants", "create", "Blue Lantern 蓝灯", "--fee-ppm", "6000")[1])
    assert merchant in server("admin", "merchants", "list")[1]
    client = found(r"app_sandbox_\w{26}", server("admin", "clients", "create", merchant, "shop")[1])
    assert client in server("admin", "clients", "list")[1]
    jwk = tmp_path / "public.json"
    jwk.write_text(generate_signing_key("ES256", kid="k1").public.jwk)
    key = found(r"key_\w{26}", server("admin", "keys", "add", client, str(jwk))[1])
    assert "never" in server("admin", "keys", "list", client)[1]
    assert server("admin", "keys", "revoke", key)[0] == 0
    assert "never" in server("admin", "keys", "list", client)[1]


def test_verify_proves_the_books_and_says_so(server: Server) -> None:
    server("migrate")
    status, told, progress = server("verify")
    assert status == 0
    assert "The books are right" in told
    assert "seq has no gaps" in progress
    assert json.loads(server("verify", "--json")[1])["findings"] == []


def test_signing_keys_rotate_when_the_next_one_is_known_long_enough(server: Server) -> None:
    server("migrate")
    status, _, error = server("admin", "rotate")
    assert (status, "signing_key_too_new" in error) == (1, True)
    status, told, _ = server("admin", "rotate", "--at-once")
    assert status == 0
    assert told.count("active") == told.count("announced") == told.count("retired") == 1


def test_what_an_operator_gets_wrong_is_said(server: Server, tmp_path: Path) -> None:
    server("migrate")
    assert "validation_failed" in server("admin", "clients", "create", "mch_x", "shop", "--scope", "everything")[2]
    private = tmp_path / "private.json"
    private.write_text(generate_signing_key("ES256", kid="k1").private_jwk)
    assert "private" in server("admin", "keys", "add", "app_sandbox_x", str(private))[2]
    assert server("admin", "keys", "add", "app_sandbox_x", str(tmp_path / "absent"))[0] == 2


def test_a_database_of_the_other_kind_is_refused(
    server: Server, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(migrate(empty_database_url, "live", metadata()))
    for command in (("migrate",), ("verify",), ("admin", "merchants", "list")):
        status, _, error = server(*command)
        assert (status, "stamped live" in error) == (2, True)
    monkeypatch.setenv("TONGBAO_KIND", "live")
    monkeypatch.setenv("TONGBAO_BASE_URL", "https://api.tongbao.example")
    monkeypatch.delenv("TONGBAO_KEYRING", raising=False)
    status, _, error = server("verify")
    assert (status, "key-encryption key" in error) == (2, True)


def test_a_sqlite_database_has_one_writer_process(server: Server, empty_database_url: str) -> None:
    if not empty_database_url.startswith("sqlite"):
        return
    server("migrate")
    other = open_database(empty_database_url)
    status, _, error = server("verify")
    assert (status, "in use by another process" in error) == (2, True)
    asyncio.run(other.close())


def test_settings_that_make_no_sense_stop_everything(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_PORTT", "1")
    status, _, error = server("migrate")
    assert (status, "TONGBAO_PORTT" in error) == (2, True)
