"""Secrets at rest: opened only by their key, for their row, unaltered."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.vault import SealBroken, Vault

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
VAULT = Vault(Keyring("k1", {"k1": OLD}))
ROTATED = Vault(Keyring("k2", {"k2": NEW, "k1": OLD}))


@given(st.binary(max_size=300), st.text(min_size=1, max_size=20))
def test_what_is_sealed_opens(plaintext: bytes, row_id: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in row_id):
        return
    assert VAULT.open("webhook_secret", row_id, VAULT.seal("webhook_secret", row_id, plaintext)) == plaintext


def test_the_format_is_the_documented_one() -> None:
    version, kek_id, nonce, sealed = VAULT.seal("signing_key", "key_1", b"secret").split(".")

    assert (version, kek_id) == ("v1", "k1")
    assert len(base64url.decode(nonce)) == 12
    opened = AESGCM(OLD).decrypt(base64url.decode(nonce), base64url.decode(sealed), b"signing_key|key_1")
    assert opened == b"secret"


def test_sealing_twice_gives_two_values() -> None:
    assert VAULT.seal("p", "r", b"x") != VAULT.seal("p", "r", b"x")


def test_a_value_opens_in_its_own_row_only() -> None:
    sealed = VAULT.seal("webhook_secret", "whe_1", b"secret")

    for purpose, row_id in (("webhook_secret", "whe_2"), ("signing_key", "whe_1"), ("webhook", "_secret|whe_1")):
        with pytest.raises(SealBroken):
            VAULT.open(purpose, row_id, sealed)


@given(st.data())
def test_no_altered_value_opens(data: st.DataObject) -> None:
    sealed = VAULT.seal("p", "r", b"secret")
    position = data.draw(st.integers(0, len(sealed) - 1))
    # Whatever stands there already: what is drawn must not depend on a value that is sealed anew each time.
    other = data.draw(st.sampled_from("Az09-_.=é "))

    for changed in (
        sealed[:position] + other + sealed[position + 1 :],
        sealed[:position] + other + sealed[position:],
        sealed[:position] + sealed[position + 1 :],
    ):
        if changed != sealed:
            with pytest.raises(SealBroken):
                VAULT.open("p", "r", changed)


@pytest.mark.parametrize("sealed", ["", "v1", "v1...", "v2.k1.AAAA.AAAA", "v1.k1.AAAAAAAAAAAAAAAA.AAAA", "...."])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(SealBroken):
        VAULT.open("p", "r", sealed)


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    old = VAULT.seal("p", "r", b"secret")
    new = ROTATED.seal("p", "r", b"secret")

    assert ROTATED.open("p", "r", old) == b"secret"
    assert (ROTATED.is_outdated(old), ROTATED.is_outdated(new)) == (True, False)
    with pytest.raises(SealBroken, match="k2"):
        VAULT.open("p", "r", new)


@pytest.mark.parametrize(("purpose", "row_id"), [("", "r"), ("a|b", "r"), ("A", "r"), ("p", "")])
def test_purposes_and_rows_cannot_be_mixed_up(purpose: str, row_id: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        VAULT.seal(purpose, row_id, b"x")
