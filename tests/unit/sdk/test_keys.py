"""Private keys in every form they come in, and the command that makes and explains them."""

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwcrypto import jwk, jws

from tests.unit.sdk.fake_platform import RECIPES, new_key
from tongbao import ConfigurationError, load_private_key
from tongbao._key_doctor import diagnose
from tongbao._public_keys import read_key_set
from tongbao.command import main

PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
PLAIN = serialization.NoEncryption()


def pem(key: jwk.JWK, form: serialization.PrivateFormat = PKCS8) -> bytes:
    found: bytes = key.get_op_key("sign").private_bytes(serialization.Encoding.PEM, form, PLAIN)
    return found


@pytest.mark.parametrize("algorithm", RECIPES)
def test_every_form_gives_the_same_signer(tmp_path: Path, algorithm: str) -> None:
    key = new_key("k", algorithm)
    thumbprint = key.thumbprint()
    path = tmp_path / "key.pem"
    path.write_bytes(pem(key))
    for source in (json.loads(key.export_private()), key.export_private()):
        signer = load_private_key(source)
        assert (signer.algorithm, signer.key_id) == (algorithm, "k")
    for other in (pem(key), pem(key).decode(), path, str(path)):
        signer = load_private_key(other)
        assert (signer.algorithm, signer.key_id) == (algorithm, thumbprint)
    assert load_private_key(path, "named").key_id == "named"


@pytest.mark.parametrize("algorithm", RECIPES)
def test_signatures_are_what_jwcrypto_makes_and_takes(algorithm: str) -> None:
    key = new_key("k", algorithm)
    signer = load_private_key(json.loads(key.export_private()))
    verifier = read_key_set({"keys": [json.loads(key.export_public())]})["k"]
    signature = signer.sign(b"data")
    assert verifier.verify(signature, b"data")
    assert not verifier.verify(signature, b"date")
    assert not verifier.verify(signature[:-1], b"data")
    assert not verifier.verify(signature + b"\0", b"data")
    token = jws.JWS(b"data")
    token.allowed_algs = [algorithm]
    token.add_signature(key, protected=json.dumps({"alg": algorithm}))
    head, payload, made = token.serialize(compact=True).split(".")
    assert verifier.verify(jwk.base64url_decode(made), f"{head}.{payload}".encode())


def unusable() -> dict[str, Any]:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - too short on purpose
    return {
        "public": json.loads(new_key("k").export_public()),
        "curve": json.loads(jwk.JWK.generate(kty="EC", crv="P-384").export_private()),
        "symmetric": json.loads(jwk.JWK.generate(kty="oct", size=256).export_symmetric()),
        "short": short.private_bytes(serialization.Encoding.PEM, PKCS8, PLAIN),
        "other alg": {**json.loads(new_key("k", "PS256").export_private()), "alg": "RS256"},
        "garbage": b"garbage",
        "half pem": pem(new_key("k"))[:80],
        "set": json.dumps({"keys": []}),
        "json": "{",
        "empty jwk": {},
        "missing file": "/nowhere/key.pem",
        "encrypted": ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, PKCS8, serialization.BestAvailableEncryption(b"password")
        ),
    }


UNUSABLE = unusable()


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_sign_is_named_without_showing_it(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_private_key(UNUSABLE[name])
    text = str(caught.value)
    if isinstance(UNUSABLE[name], dict) and "d" in UNUSABLE[name]:
        assert UNUSABLE[name]["d"] not in text


def test_a_signer_of_ones_own_is_used_as_it_is() -> None:
    class Hsm:
        algorithm = "ES256"
        key_id = "hsm"

        def sign(self, data: bytes) -> bytes:
            return b"\0" * 64

    hsm = Hsm()
    assert load_private_key(hsm) is hsm


def test_a_key_never_shows_itself() -> None:
    key = new_key("k")
    text = repr(load_private_key(json.loads(key.export_private())))
    assert json.loads(key.export_private())["d"] not in text


@pytest.mark.parametrize("algorithm", RECIPES)
def test_keys_new_writes_a_private_file_and_prints_the_public_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], algorithm: str
) -> None:
    path = tmp_path / "key.json"
    assert main(["keys", "new", "--alg", algorithm, "--out", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = json.loads(capsys.readouterr().out)
    signer = load_private_key(path)
    assert (signer.algorithm, signer.key_id) == (algorithm, public["kid"])
    assert not {"d", "p", "q"} & public.keys()
    assert public["kid"] == jwk.JWK(**public).thumbprint()
    before = path.read_bytes()
    assert main(["keys", "new", "--out", str(path)]) == 1
    assert path.read_bytes() == before
    assert main(["keys", "new", "--out", str(tmp_path / "no" / "folder")]) == 1


def explained() -> list[tuple[bytes, str, bool]]:
    elliptic, rsa_key = new_key("k"), new_key("r", "PS256")
    public_pem = elliptic.export_to_pem()
    secret = elliptic.get_op_key("sign")
    der = secret.private_bytes(serialization.Encoding.DER, PKCS8, PLAIN)
    openssh = secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, PLAIN)
    return [
        (b"", "empty", False),
        (pem(elliptic), "PKCS#8", True),
        (pem(elliptic, TRADITIONAL), "SEC 1", True),
        (pem(rsa_key, TRADITIONAL), "PKCS#1", True),
        (elliptic.export_private().encode(), "This is a JWK", True),
        (public_pem, "this is your public key", False),
        (elliptic.export_public().encode(), "this is your public key", False),
        (der, "DER", False),
        (openssh, "ssh-keygen", False),
        (b"ssh-ed25519 AAAA", "OpenSSH public key", False),
        (UNUSABLE["encrypted"], "Decrypt it first", False),
        (UNUSABLE["half pem"], "does not parse", False),
        (json.dumps(UNUSABLE["symmetric"]).encode(), "shared secret", False),
        (json.dumps({"keys": [json.loads(elliptic.export_public())]}).encode(), "JWKS", False),
        (json.dumps({"kty": "EC"}).encode(), "not valid", False),
        (b"{", "does not parse", False),
        (b"garbage", "neither", False),
        (UNUSABLE["short"], "too short", False),
    ]


# Numbered, not shown: the keys are new in each worker process, which must agree on the names of tests.
@pytest.mark.parametrize(
    ("data", "says", "usable"), explained(), ids=lambda value: "-" if isinstance(value, bytes) else None
)
def test_the_doctor_explains(data: bytes, says: str, usable: bool) -> None:
    found = diagnose(data)
    assert says.lower() in "\n".join(found).lower()
    assert found.usable is usable


def test_the_doctor_never_shows_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = new_key("k")
    secret = json.loads(key.export_private())["d"]
    path = tmp_path / "key.json"
    path.write_text(key.export_private())
    path.chmod(0o644)
    assert main(["keys", "doctor", str(path)]) == 0
    text = capsys.readouterr().out
    assert secret not in text
    assert key.thumbprint() in text
    assert "chmod 600" in text
    assert main(["keys", "doctor", str(tmp_path / "missing")]) == 1


def test_openssl_agrees_about_the_form(tmp_path: Path) -> None:
    made = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], check=True, capture_output=True
    ).stdout
    assert load_private_key(made).algorithm == "ES256"
