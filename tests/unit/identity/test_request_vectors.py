"""The published vectors: each accepted one is accepted, each refused one refused for its own reason, none is stale."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.identity.signature_vectors.render import render
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.keys import import_private_jwk, import_public_jwk
from tongbao_platform.identity.jose.signature import sign_detached, verify
from tongbao_platform.identity.key_record import KeyLookup, KeyRecord
from tongbao_platform.identity.request_signature import (
    Evidence,
    RequestExpectation,
    ResponseExpectation,
    SignatureRefusal,
    SignedRequest,
    SignedResponse,
    verify_request,
    verify_response,
    verify_return_result,
)
from tongbao_platform.identity.token_hash import access_token_hash, hash_token
from tongbao_platform.kernel.clock import Instant

FOLDER = Path(__file__).resolve().parents[3] / "openapi" / "signature-vectors"


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return document


KEYS = read("keys.json")["keys"]
REQUESTS = read("requests.json")
RESPONSES = read("responses.json")
RESULTS = read("return-results.json")


def instant(seconds: int | None) -> Instant | None:
    return None if seconds is None else Instant(seconds * 1000)


RECORDS = {
    entry["kid"]: KeyRecord(
        kid=entry["kid"],
        owner=entry["owner"],
        alg=entry["alg"],
        public_jwk=json.dumps(entry["public_jwk"]),
        valid_from=Instant(entry["valid_from"] * 1000),
        valid_until=instant(entry["valid_until"]),
        revoked_at=instant(entry["revoked_at"]),
    )
    for entry in KEYS
}


def keys_of(owner: str) -> KeyLookup:
    return {kid: record for kid, record in RECORDS.items() if record.owner == owner}.get


def headers_of(vector: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    lines = [(name.encode("ascii"), value.encode("latin-1")) for name, value in vector["headers"]]
    return [*lines, *((b"JWS-Signature", value.encode("latin-1")) for value in vector["jws_signature"])]


def judged_request(vector: dict[str, Any], find_key: KeyLookup | None = None) -> Evidence | SignatureRefusal:
    context = REQUESTS["context"]
    request = SignedRequest(
        vector["method"], vector["target"].encode(), headers_of(vector), vector["body"].encode("utf-8")
    )
    expected = RequestExpectation(
        client_id=context["client_id"],
        audience=context["audience"],
        ath=access_token_hash(hash_token(context["access_token"])),
    )
    now = Instant(context["server_time"] * 1000 + 999)
    return verify_request(request, expected, find_key or keys_of(context["client_id"]), now)


def judged_response(vector: dict[str, Any]) -> Evidence | SignatureRefusal:
    context = RESPONSES["context"]
    response = SignedResponse(vector["status"], headers_of(vector), vector["body"].encode("utf-8"))
    expected = ResponseExpectation(
        issuer=context["issuer"], client_id=context["client_id"], request_proof=context["request_proof"]
    )
    return verify_response(response, expected, keys_of(context["issuer"]), Instant(context["server_time"] * 1000))


JUDGES: tuple[tuple[dict[str, Any], Callable[[dict[str, Any]], Evidence | SignatureRefusal]], ...] = (
    (REQUESTS, judged_request),
    (RESPONSES, judged_response),
)


def vectors(kind: str) -> list[Any]:
    return [pytest.param(vector, judge, id=vector["name"]) for document, judge in JUDGES for vector in document[kind]]


@pytest.mark.parametrize(("vector", "judge"), vectors("accepted"))
def test_accepted_vectors_are_accepted(vector: dict[str, Any], judge: Callable[..., Any]) -> None:
    outcome = judge(vector)

    assert isinstance(outcome, Evidence), outcome
    assert outcome.payload == base64url.decode(vector["payload"]) == vector["payload_text"].encode("utf-8")
    assert outcome.payload_sha256 == vector["payload_sha256"]
    assert outcome.proof == vector["jws_signature"][0]
    assert outcome.kid == vector["kid"]
    assert outcome.thumbprint == import_public_jwk(RECORDS[vector["kid"]].public_jwk).thumbprint


@pytest.mark.parametrize(("vector", "judge"), vectors("refused"))
def test_refused_vectors_are_refused_for_their_reason(vector: dict[str, Any], judge: Callable[..., Any]) -> None:
    outcome = judge(vector)

    assert isinstance(outcome, SignatureRefusal)
    assert (outcome.code, outcome.check) == (vector["code"], vector["check"]), outcome.detail
    assert outcome.payload_sha256 == vector.get("payload_sha256")
    assert outcome.payload is None or outcome.payload == base64url.decode(vector["payload"])


@pytest.mark.parametrize("vector", REQUESTS["refused"], ids=lambda vector: vector["name"])
def test_a_lookup_that_knows_all_clients_lets_no_foreign_key_pass(vector: dict[str, Any]) -> None:
    outcome = judged_request(vector, RECORDS.get)

    assert isinstance(outcome, SignatureRefusal)
    assert outcome.code == vector["code"]


@pytest.mark.parametrize(("vector", "judge"), vectors("accepted"))
def test_the_parts_of_an_accepted_vector_fit_together(vector: dict[str, Any], judge: Callable[..., Any]) -> None:
    entry = next(entry for entry in KEYS if entry["kid"] == vector["kid"])
    key = import_private_jwk(entry["private_jwk"])
    protected, _, signature = vector["jws_signature"][0].split(".")
    signing_input = f"{protected}.{vector['payload']}".encode()
    made = sign_detached(key, vector["protected"].encode(), base64url.decode(vector["payload"]))

    assert (base64url.decode(protected).decode(), signature) == (vector["protected"], vector["signature"])
    assert verify(key.public, base64url.decode(signature), signing_input)
    if entry["alg"] == "Ed25519":
        assert made == vector["jws_signature"][0]
    else:
        assert verify(key.public, base64url.decode(made.split(".")[2]), signing_input)


@pytest.mark.parametrize("vector", RESULTS["accepted"], ids=lambda vector: vector["name"])
def test_return_results_are_accepted(vector: dict[str, Any]) -> None:
    context = RESULTS["context"]
    now = Instant(context["server_time"] * 1000)

    result = verify_return_result(vector["result"], context["aud"], RECORDS.get, now)

    assert json.loads(vector["payload"]) == {name: getattr(result, name) for name in result.__struct_fields__}


def test_there_are_enough_vectors_and_their_names_are_unique() -> None:
    for document, _ in JUDGES:
        names = [vector["name"] for vector in (*document["accepted"], *document["refused"])]
        assert len(names) == len(set(names))
    assert len(REQUESTS["accepted"]) >= 10
    assert len(REQUESTS["refused"]) >= 30
    used = {RECORDS[vector["kid"]].alg for vector in REQUESTS["accepted"]}
    assert used == {"ES256", "PS256", "Ed25519"}


def test_generating_the_vectors_again_changes_nothing() -> None:
    for name, text in render().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"{name} is stale: see its README"
