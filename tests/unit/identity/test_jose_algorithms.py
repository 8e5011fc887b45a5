"""Signing and verifying: published vectors, an independent library as oracle, and nothing altered passes."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.algorithms.registry import ACCEPTED_NAMES, ALGORITHM_NAMES, algorithm_named
from tongbao_platform.identity.jose.jws import parse_compact
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key, import_private_jwk, import_public_jwk
from tongbao_platform.identity.jose.signature import sign, sign_compact, sign_detached, verify

KEYS = {alg: generate_signing_key(alg, kid=alg) for alg in ALGORITHM_NAMES}
ALGORITHMS = pytest.mark.parametrize("alg", ALGORITHM_NAMES)


def oracle(key: SigningKey) -> JWK:
    # jwcrypto calls Ed25519 by either name, but only if the key itself insists on none.
    return JWK(**{name: value for name, value in json.loads(key.private_jwk).items() if name not in {"alg", "use"}})


ORACLES = {alg: oracle(key) for alg, key in KEYS.items()}


def oracle_accepts(key: SigningKey, compact: str) -> bool:
    jws = JWS()
    jws.allowed_algs = list(ACCEPTED_NAMES)
    jws.deserialize(compact)
    try:
        jws.verify(ORACLES[key.alg])
    except InvalidJWSSignature:
        return False
    return True


@ALGORITHMS
@given(payload=st.binary(min_size=1, max_size=500))
def test_the_oracle_verifies_what_we_sign(alg: str, payload: bytes) -> None:
    assert oracle_accepts(KEYS[alg], sign_compact(KEYS[alg], json.dumps({"alg": alg}).encode(), payload))


@pytest.mark.parametrize("name", ACCEPTED_NAMES)
@given(payload=st.binary(min_size=1, max_size=500))
def test_we_verify_what_the_oracle_signs(name: str, payload: bytes) -> None:
    algorithm = algorithm_named(name)
    assert algorithm is not None
    key = KEYS[algorithm.name]
    jws = JWS(payload)
    jws.allowed_algs = [name]
    jws.add_signature(ORACLES[key.alg], alg=name, protected=json.dumps({"alg": name}))

    parsed = parse_compact(jws.serialize(compact=True))

    assert parsed.payload == payload
    assert verify(key.public, parsed.signature, parsed.signing_input)


@ALGORITHMS
@given(data=st.data())
def test_we_and_the_oracle_agree_on_altered_signatures(alg: str, data: st.DataObject) -> None:
    key = KEYS[alg]
    protected, payload, signature = sign_compact(key, json.dumps({"alg": alg}).encode(), b"payload").split(".")
    octets = bytearray(base64url.decode(signature))
    for _ in range(data.draw(st.integers(0, 2))):
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    altered = f"{protected}.{payload}.{base64url.encode(bytes(octets))}"
    parsed = parse_compact(altered)

    assert verify(key.public, parsed.signature, parsed.signing_input) == oracle_accepts(key, altered)


@ALGORITHMS
@given(data=st.data())
def test_no_altered_message_or_signature_verifies(alg: str, data: st.DataObject) -> None:
    key = KEYS[alg]
    message = data.draw(st.binary(min_size=1, max_size=100))
    signature = sign(key, message)
    position = data.draw(st.integers(0, len(message) - 1))
    flip = data.draw(st.integers(1, 255))
    altered = message[:position] + bytes([message[position] ^ flip]) + message[position + 1 :]

    assert verify(key.public, signature, message)
    assert not verify(key.public, signature, altered)
    assert not verify(key.public, signature + b"\0", message)
    assert not verify(key.public, b"\0" + signature, message)
    assert not verify(key.public, signature[:-1], message)
    assert not verify(key.public, b"", message)


@ALGORITHMS
def test_a_key_verifies_nothing_of_another(alg: str) -> None:
    signature = sign(KEYS[alg], b"message")

    assert not any(
        verify(other.public, signature, b"message")
        for other in (*(KEYS[name] for name in ALGORITHM_NAMES if name != alg), generate_signing_key(alg))
    )


def test_ps256_takes_no_other_salt_length() -> None:
    key = KEYS["PS256"]
    for salt_length in (0, 20, padding.PSS.MAX_LENGTH):
        signature = key.material.sign(b"m", padding.PSS(padding.MGF1(SHA256()), salt_length), SHA256())
        assert not verify(key.public, signature, b"m")


def test_es256_zero_and_too_large_numbers_do_not_verify() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    key = KEYS["ES256"]
    r, s = sign(key, b"m")[:32], sign(key, b"m")[32:]
    for number in (0, order, order + 1, 2**256 - 1):
        octets = number.to_bytes(32, "big")
        assert not verify(key.public, octets + s, b"m")
        assert not verify(key.public, r + octets, b"m")
        assert not verify(key.public, octets + octets, b"m")


def test_detached_is_compact_without_its_payload() -> None:
    key = KEYS["Ed25519"]
    protected, payload, signature = sign_compact(key, b'{"alg":"Ed25519"}', b"payload").split(".")

    assert payload == base64url.encode(b"payload")
    assert sign_detached(key, b'{"alg":"Ed25519"}', b"payload") == f"{protected}..{signature}"


@pytest.mark.parametrize("name", ["none", "HS256", "HS384", "RS256", "PS512", "ES384", "ES256K", "Ed448", "es256", ""])
def test_other_algorithms_do_not_exist(name: str) -> None:
    assert algorithm_named(name) is None


def verified_by(jwk: dict[str, Any], compact: str) -> bytes | None:
    key, jws = import_public_jwk(jwk), parse_compact(compact)
    return jws.payload if verify(key, jws.signature, jws.signing_input) else None


def test_the_es256_example_of_rfc_7515_appendix_a_3() -> None:
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    compact = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )

    payload = verified_by(jwk, compact)

    assert payload is not None
    assert json.loads(payload)["iss"] == "joe"
    assert verified_by(jwk, compact.replace(".DtEh", ".EtEh")) is None


def test_the_eddsa_example_of_rfc_8037_appendix_a_4() -> None:
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
    compact = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )

    made = sign_compact(import_private_jwk(jwk), b'{"alg":"EdDSA"}', b"Example of Ed25519 signing")

    assert made == compact
    assert verified_by({name: jwk[name] for name in ("kty", "crv", "x")}, compact) == b"Example of Ed25519 signing"
