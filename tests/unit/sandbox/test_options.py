"""Ports, origins, and a password that is not shown."""

import socket

import pytest

from tongbao_sandbox.options import SandboxOptions, SandboxRefused, free_port, is_origin, origin_on_this_machine


def test_port_0_finds_a_free_one_and_a_taken_one_is_refused() -> None:
    assert free_port("127.0.0.1", 0) > 1023
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxRefused, match="--port 0"):
            free_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "origin"),
    [("127.0.0.1", "http://127.0.0.1:1"), ("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1")],
)
def test_the_origin_is_one_a_browser_can_open(host: str, origin: str) -> None:
    assert origin_on_this_machine(host, 1) == origin


@pytest.mark.parametrize("text", ["http://127.0.0.1:8399", "https://m.shop.example", "http://[::1]:1"])
def test_origins(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:80", "http://a/", "http://a/b", "ftp://a", "http://", "http://a:b", "https://a?x=1"]
)
def test_what_is_no_origin(text: str) -> None:
    assert not is_origin(text)


def test_the_databases_password_is_not_shown() -> None:
    assert "hush" not in SandboxOptions(database_url="postgresql://me:hush@127.0.0.1/x").shown_database
