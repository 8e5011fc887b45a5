"""The published vectors, through the SDK's own signer and verifier."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sdk.fake_platform import TestClock
from tongbao import Environment, RequestSigner, SignatureError, SignedRequest, Tongbao, load_private_key
from tongbao._effects import Reply
from tongbao._jws import parse, sign_compact
from tongbao._public_keys import read_key_set
from tongbao._response_signature import Expectation, NotSigned, read_signature, verify_response

FOLDER = Path(__file__).resolve().parents[3] / "openapi" / "signature-vectors"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


KEYS = {key["kid"]: key for key in load("keys.json")["keys"]}
REQUESTS = load("requests.json")
RESPONSES = load("responses.json")
RETURNS = load("return-results.json")


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def covered(vector: dict[str, Any]) -> list[tuple[str, str]]:
    names = json.loads(vector["protected"])["hdrs"]
    lines = {name.lower(): value for name, value in vector["headers"]}
    return [(name, lines[name.lower()]) for name in names.split(",") if name]


@pytest.mark.parametrize("vector", REQUESTS["accepted"], ids=lambda vector: vector["name"])
def test_the_payload_is_built_as_published(vector: dict[str, Any]) -> None:
    request = SignedRequest(
        method=vector["method"], target=vector["target"], covered=covered(vector), body=vector["body"].encode()
    )
    assert request.payload() == unpadded(vector["payload"])


@pytest.mark.parametrize("vector", REQUESTS["accepted"], ids=lambda vector: vector["name"])
def test_the_signer_signs_the_published_payload(vector: dict[str, Any]) -> None:
    context = REQUESTS["context"]
    protected = json.loads(vector["protected"])
    environment = Environment(now=lambda: protected["iat"], token=lambda: str(protected["jti"]))
    signer = RequestSigner(
        signer=load_private_key(KEYS[vector["kid"]]["private_jwk"]),
        client_id=context["client_id"],
        audience=context["audience"],
        environment=environment,
    )
    request = SignedRequest(
        method=vector["method"], target=vector["target"], covered=covered(vector), body=vector["body"].encode()
    )
    jws = parse(signer.sign(request, context["access_token"]), detached=True)
    legacy = {"alg": "Ed25519"} if protected["alg"] == "EdDSA" else {}
    assert jws.protected == {**protected, **legacy}
    key = read_key_set({"keys": [KEYS[vector["kid"]]["public_jwk"]]})[vector["kid"]]
    assert key.verify(jws.signature, f"{jws.protected_segment}.{vector['payload']}".encode())


def verify(vector: dict[str, Any]) -> None:
    context = RESPONSES["context"]
    fields = [(name.lower(), value) for name, value in vector["headers"]]
    fields += [("jws-signature", value) for value in vector["jws_signature"]]
    reply = Reply(status=vector["status"], fields=fields, body=vector["body"].encode())
    issuers = [key["public_jwk"] for key in KEYS.values() if key["owner"] == context["issuer"]]
    jws = read_signature(reply)
    expected = Expectation(
        issuer=context["issuer"],
        client_id=context["client_id"],
        request_signature=context["request_proof"],
        now=context["server_time"],
    )
    verify_response(reply, jws, read_key_set({"keys": issuers}).get(jws.protected["kid"]), expected)


@pytest.mark.parametrize("vector", RESPONSES["accepted"], ids=lambda vector: vector["name"])
def test_accepted_answers_pass(vector: dict[str, Any]) -> None:
    verify(vector)


@pytest.mark.parametrize("vector", RESPONSES["refused"], ids=lambda vector: vector["name"])
def test_refused_answers_do_not(vector: dict[str, Any]) -> None:
    with pytest.raises(NotSigned):
        verify(vector)


@pytest.fixture
def receiver() -> Tongbao:
    """Return a client of the issuer that made the vectors."""
    return make_receiver()


def make_receiver(seconds_later: int = 0) -> Tongbao:
    issuers = [key["public_jwk"] for key in KEYS.values() if key["kid"].startswith("issuer-")]
    clock = TestClock()
    clock.time = RETURNS["context"]["server_time"] + seconds_later
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json={"keys": issuers}))
    return Tongbao(
        base_url=REQUESTS["context"]["audience"],
        client_id=REQUESTS["context"]["client_id"],
        private_key=KEYS["merchant-es256"]["private_jwk"],
        issuer=RESPONSES["context"]["issuer"],
        token_endpoint="https://sandbox.tongbao.example/oauth/token",
        jwks_uri="https://sandbox.tongbao.example/jwks",
        merchant_id=RETURNS["context"]["aud"],
        http_client=httpx.Client(transport=transport),
        environment=clock.environment(),
    )


@pytest.mark.parametrize("vector", RETURNS["accepted"], ids=lambda vector: vector["name"])
def test_return_results_are_verified(receiver: Tongbao, vector: dict[str, Any]) -> None:
    found = receiver.verify_return(vector["result"])
    claims = json.loads(vector["payload"])
    assert (found.payment_id, found.status, found.merchant) == (claims["payment_id"], claims["status"], claims["aud"])


def test_spoiled_return_results_are_refused(receiver: Tongbao) -> None:
    result = RETURNS["accepted"][0]["result"]
    head, payload, signature = result.split(".")
    other = base64.urlsafe_b64encode(unpadded(payload).replace(b"succeeded", b"canceled!")).decode().rstrip("=")
    for spoiled in (
        "",
        "a.b.c",
        "é",
        head,
        f"{head}..{signature}",
        f"{head}.{other}.{signature}",
        f"{result}=",
        result * 2,
    ):
        with pytest.raises(SignatureError):
            receiver.verify_return(spoiled)
    with pytest.raises(SignatureError, match="another merchant"):
        receiver.verify_return(result, merchant_id="mch_other")
    with pytest.raises(SignatureError, match="too old"):
        make_receiver(3601).verify_return(result)
    with pytest.raises(SignatureError, match="future"):
        make_receiver(-61).verify_return(result)


def test_a_request_signature_is_no_return_result(receiver: Tongbao) -> None:
    compact = RESPONSES["accepted"][0]["jws_signature"][0].replace("..", f".{RESPONSES['accepted'][0]['payload']}.")
    with pytest.raises(SignatureError):
        receiver.verify_return(compact)


def test_only_the_type_of_a_return_result_is_one(receiver: Tongbao) -> None:
    signer = load_private_key(KEYS["issuer-ed25519"]["private_jwk"])
    claims = RETURNS["accepted"][0]["payload"].encode()
    protected = {"alg": "Ed25519", "kid": "issuer-ed25519", "typ": "payreturn+jws"}
    assert receiver.verify_return(sign_compact(signer, protected, claims)).status == "succeeded"
    for spoiled in (
        {"typ": "payres+jws"},
        {"typ": "JWT"},
        {"crit": ["exp"]},
        {"alg": "ES256"},
        {"kid": "merchant-es256"},
    ):
        with pytest.raises(SignatureError):
            receiver.verify_return(sign_compact(signer, {**protected, **spoiled}, claims))
