"""``sandbox.json`` is there when the sandbox is ready, whole, and readable by its owner alone."""

import json
from pathlib import Path

import pytest

from tongbao_platform.kernel.clock import SystemClock
from tongbao_platform.kernel.ids import UuidV7Ids
from tongbao_sandbox.invent import invent_state
from tongbao_sandbox.options import SandboxRefused
from tongbao_sandbox.state import SandboxState, StateFile, with_addresses


@pytest.fixture(scope="module")
def state() -> SandboxState:
    return with_addresses(invent_state(UuidV7Ids(SystemClock()), ("http://127.0.0.1:9",)), "http://127.0.0.1:1")


def test_the_file_appears_when_it_is_published(tmp_path: Path, state: SandboxState) -> None:
    file = StateFile(tmp_path / "var" / "sandbox.json")
    file.write_starting(state)
    assert not file.path.exists()
    assert file.kept() == state
    with pytest.raises(SandboxRefused, match="tongbao-sandbox run"):
        file.read()
    file.publish()
    assert file.read() == state
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["sandbox.json"]


def test_a_new_start_hides_the_file_again(tmp_path: Path, state: SandboxState) -> None:
    file = StateFile(tmp_path / "sandbox.json")
    file.write_starting(state)
    file.publish()
    file.write_starting(state)
    assert not file.path.exists()
    file.delete()
    assert file.kept() is None


def test_its_form_is_the_documented_one(tmp_path: Path, state: SandboxState) -> None:
    file = StateFile(tmp_path / "sandbox.json")
    file.write_starting(state)
    file.publish()
    document = json.loads(file.path.read_text())
    assert list(document) == ["base_url", "issuer", "token_endpoint", "jwks_uri", "merchants", "customers"]
    assert document["token_endpoint"] == "http://127.0.0.1:1/oauth/token"
    assert document["jwks_uri"] == "http://127.0.0.1:1/.well-known/jwks.json"
    assert [list(merchant) for merchant in document["merchants"]] == [
        ["client_id", "merchant_id", "account_id", "private_jwks", "scope", "return_origins"]
    ] * 2
    for merchant in document["merchants"]:
        assert [key["alg"] for key in merchant["private_jwks"]] == ["ES256", "PS256", "Ed25519"]
        assert all(key["d"] and key["kid"] for key in merchant["private_jwks"])
        assert "payments:write" in merchant["scope"].split()
        assert "http://127.0.0.1:9" in merchant["return_origins"]
    assert [list(customer) for customer in document["customers"]] == [["login", "password", "pin", "account_ids"]] * 3


def test_secrets_differ_each_time(state: SandboxState) -> None:
    other = invent_state(UuidV7Ids(SystemClock()), ())
    for one, two in zip(state.customers, other.customers, strict=True):
        assert one.login == two.login
        assert one.password != two.password
    keys = [key["d"] for each in (state, other) for merchant in each.merchants for key in merchant.private_jwks]
    assert len(set(keys)) == len(keys)


def test_a_broken_file_is_refused_without_showing_its_content(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.json"
    path.write_text('{"base_url": 1, "private": "hush"}')
    with pytest.raises(SandboxRefused) as refused:
        StateFile(path).kept()
    assert "hush" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_customers_are_found_by_login(state: SandboxState) -> None:
    assert state.customer(None).login == "xiaoming"
    assert state.customer("laoqian").login == "laoqian"
    with pytest.raises(SandboxRefused, match="xiaoming, xiaohong, laoqian"):
        state.customer("nobody")
