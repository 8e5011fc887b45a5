"""Secrets stored as hashes."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.token_hash import access_token_hash, equal, hash_token, new_jti, new_token


def test_new_secrets_are_long_enough_and_never_the_same() -> None:
    tokens, jtis = {new_token() for _ in range(50)}, {new_jti() for _ in range(50)}

    assert (len(tokens), len(jtis)) == (50, 50)
    assert {len(base64url.decode(token)) for token in tokens} == {32}
    assert {len(jti) for jti in jtis} == {22}


def test_a_token_is_stored_as_sha_256() -> None:
    assert hash_token("token") == hashlib.sha256(b"token").digest()


def test_ath_is_that_of_rfc_9449_section_7_1() -> None:
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

    assert access_token_hash(hash_token(token)) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def test_any_text_can_be_hashed_and_compared() -> None:
    assert hash_token("\ud800") != hash_token("\ud801")
    assert not equal("\ud800", "x")


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_comparing(left: bytes, right: bytes) -> None:
    assert equal(left, right) == (left == right)
    assert equal(left, left)
