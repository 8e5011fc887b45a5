"""Key-encryption keys: where they come from, and that a live server never makes one up."""

from pathlib import Path

import pytest

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keyring import (
    EnvironmentKeyring,
    FileKeyring,
    Keyring,
    KeyringRefused,
    live_keyring,
    parse_keyring,
    sandbox_keyring,
)

KEY = base64url.encode(bytes(range(32)))
OTHER = base64url.encode(bytes(range(1, 33)))


def test_the_first_entry_is_active() -> None:
    keyring = parse_keyring(f"2026-11:{KEY}, 2025-01:{OTHER}")

    assert keyring.active_id == "2026-11"
    assert keyring.keys == {"2026-11": bytes(range(32)), "2025-01": bytes(range(1, 33))}


def test_lines_and_comments() -> None:
    assert parse_keyring(f"# active: k2\nk2:{OTHER}\n\n  # before it\nk1:{KEY}\n").active_id == "k2"


@pytest.mark.parametrize(
    "text",
    ["", " ,\n", "k1", f"k1:{KEY}=", f"k1:{KEY[:-2]}", f":{KEY}", f"K1:{KEY}", f"k.1:{KEY}", f"k1:{KEY},k1:{OTHER}"],
)
def test_malformed_keyrings_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(KeyringRefused) as caught:
        parse_keyring(text)
    assert KEY[:10] not in str(caught.value)


def test_a_keyring_never_shows_its_keys() -> None:
    keyring = parse_keyring(f"k1:{KEY}")

    assert KEY not in repr(keyring)
    assert repr(bytes(range(32))) not in repr(keyring)


def test_the_active_key_is_one_of_them() -> None:
    with pytest.raises(KeyringRefused):
        Keyring("k2", {"k1": bytes(32)})


def test_from_the_environment() -> None:
    assert EnvironmentKeyring({"TONGBAO_KEYRING": f"k1:{KEY}"}).load().active_id == "k1"
    assert EnvironmentKeyring({"OTHER": f"k2:{KEY}"}, "OTHER").load().active_id == "k2"
    with pytest.raises(KeyringRefused, match="TONGBAO_KEYRING"):
        EnvironmentKeyring({"TONGBAO_KEYRING": " "}).load()


def test_from_a_file_that_is_not_open_to_everybody(tmp_path: Path) -> None:
    path = tmp_path / "keyring"
    path.write_text(f"k1:{KEY}\n")
    path.chmod(0o640)
    assert FileKeyring(path).load().active_id == "k1"

    path.chmod(0o644)
    with pytest.raises(KeyringRefused, match="chmod"):
        FileKeyring(path).load()


@pytest.mark.parametrize("content", [b"\xff", b"k1:" + b"A" * 70_000])
def test_a_file_with_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keyring"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(KeyringRefused, match="not a keyring"):
        FileKeyring(path).load()


def test_a_live_server_does_not_start_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(KeyringRefused, match="a live server needs a key-encryption key"):
        live_keyring(None)
    with pytest.raises(KeyringRefused, match="cannot be read"):
        live_keyring(FileKeyring(tmp_path / "missing"))
    with pytest.raises(KeyringRefused, match="TONGBAO_KEYRING"):
        live_keyring(EnvironmentKeyring({}))
    assert live_keyring(EnvironmentKeyring({"TONGBAO_KEYRING": f"k1:{KEY}"})).active_id == "k1"
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_makes_one_key_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keyring"

    first = sandbox_keyring(None, path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert sandbox_keyring(None, path) == first
    assert [found.name for found in path.parent.iterdir()] == ["keyring"]
    assert sandbox_keyring(None, tmp_path / "other") != first


def test_the_sandbox_takes_a_configured_key(tmp_path: Path) -> None:
    path = tmp_path / "keyring"

    assert sandbox_keyring(EnvironmentKeyring({"TONGBAO_KEYRING": f"k1:{KEY}"}), path).active_id == "k1"
    assert not path.exists()
