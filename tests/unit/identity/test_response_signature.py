"""Answers and return results: for their receiver and their request only."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.identity.signing_parties import (
    BODY,
    CLAIMS,
    CLIENT,
    ISSUER,
    KEYS,
    NOW,
    REQUEST,
    altered,
    judged,
    knows_nobody,
    record,
    refusal,
    with_signature,
)
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.jws import parse_detached
from tongbao_platform.identity.request_signature import (
    Evidence,
    PayloadRefused,
    ResponseClaims,
    ResponseExpectation,
    ReturnResult,
    ReturnResultRefused,
    SignatureRefusal,
    SignedResponse,
    build_response_payload,
    is_signed_status,
    sign_request,
    sign_response,
    sign_return_result,
    verify_response,
    verify_return_result,
)
from tongbao_platform.identity.token_hash import new_jti

ANSWER = SignedResponse(201, ((b"content-type", b"application/json"), (b"request-id", b"req_1")), BODY)
ANSWER_CLAIMS = ResponseClaims(iss=ISSUER, aud=CLIENT, iat=NOW // 1000, jti=new_jti(), request_proof="proof")
ANSWER_EXPECTED = ResponseExpectation(issuer=ISSUER, client_id=CLIENT, request_proof="proof")
ISSUER_KEYS = {kid: record(key, ISSUER) for kid, key in KEYS.items()}


def answered(response: SignedResponse, value: str, proof: str = "proof") -> Evidence | SignatureRefusal:
    signed = msgspec.structs.replace(response, headers=(*response.headers, (b"jws-signature", value.encode())))
    expected = msgspec.structs.replace(ANSWER_EXPECTED, request_proof=proof)
    return verify_response(signed, expected, ISSUER_KEYS.get, NOW)


@pytest.mark.parametrize("alg", KEYS)
def test_an_answer_verifies_and_only_for_its_request(alg: str) -> None:
    value = sign_response(KEYS[alg], ANSWER, ANSWER_CLAIMS)

    evidence = answered(ANSWER, value)

    assert isinstance(evidence, Evidence)
    assert evidence.payload == b"201\nContent-Type: application/json\nRequest-Id: req_1\n" + BODY
    assert refusal(answered(ANSWER, value, "another proof")).check == "claims"
    assert refusal(answered(msgspec.structs.replace(ANSWER, status=200), value)).check == "signature"
    assert refusal(answered(msgspec.structs.replace(ANSWER, body=b""), value)).check == "signature"


def test_an_answer_covers_what_matters_where_it_is_sent() -> None:
    lines = (
        (b"retry-after", b"2"),
        (b"idempotent-replayed", b"true"),
        (b"location", b"/v1/x"),
        (b"content-type", b"application/json"),
        (b"server", b"s"),
        (b"request-id", b"req_1"),
    )
    response = SignedResponse(409, lines, b"{}")

    header = parse_detached(sign_response(KEYS["Ed25519"], response, ANSWER_CLAIMS)).header

    assert header["hdrs"] == "Content-Type,Request-Id,Location,Retry-After,Idempotent-Replayed"
    assert header["typ"] == "payres+jws"
    assert header["req"] == base64url.encode(hashlib.sha256(b"proof").digest())
    assert "ath" not in header


def test_an_answer_without_content_signs_its_status_and_request_id() -> None:
    response = SignedResponse(204, ((b"content-type", b"application/json"), (b"request-id", b"req_1")), b"")

    value = sign_response(KEYS["ES256"], response, ANSWER_CLAIMS)
    evidence = answered(msgspec.structs.replace(response, headers=response.headers[1:]), value)

    assert isinstance(evidence, Evidence)
    assert evidence.payload == b"204\nRequest-Id: req_1\n"
    assert isinstance(answered(response, value), Evidence)


@pytest.mark.parametrize(
    ("status", "signed"),
    [
        (200, True),
        (204, True),
        (400, True),
        (403, True),
        (404, True),
        (409, True),
        (413, True),
        (422, True),
        (431, True),
        (401, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_which_answers_are_signed(status: int, signed: bool) -> None:
    assert is_signed_status(status) is signed
    if not signed:
        with pytest.raises(ValueError, match="not signed"):
            sign_response(KEYS["Ed25519"], msgspec.structs.replace(ANSWER, status=status), ANSWER_CLAIMS)


def test_a_request_signature_is_no_answer_and_the_other_way_round() -> None:
    answer = sign_response(KEYS["Ed25519"], ANSWER, ANSWER_CLAIMS)

    assert refusal(judged(with_signature(REQUEST, answer))).check == "members"
    assert refusal(answered(ANSWER, sign_request(KEYS["Ed25519"], REQUEST, CLAIMS))).check == "members"


def test_a_repeated_header_of_an_answer_is_our_own_mistake() -> None:
    lines = (*ANSWER.headers, (b"request-id", b"req_2"))

    with pytest.raises(PayloadRefused):
        sign_response(KEYS["Ed25519"], msgspec.structs.replace(ANSWER, headers=lines), ANSWER_CLAIMS)


def test_the_payload_of_an_answer() -> None:
    assert build_response_payload(ANSWER, ("Request-Id",)) == b"201\nRequest-Id: req_1\n" + BODY


RESULT = ReturnResult(payment_id="pay_1", status="succeeded", iat=NOW // 1000, aud="mch_1")


@pytest.mark.parametrize("alg", KEYS)
def test_a_return_result_is_for_its_merchant_only(alg: str) -> None:
    text = sign_return_result(KEYS[alg], RESULT)

    assert verify_return_result(text, "mch_1", ISSUER_KEYS.get, NOW) == RESULT
    for aud, find in (("mch_2", ISSUER_KEYS.get), ("mch_1", knows_nobody)):
        with pytest.raises(ReturnResultRefused):
            verify_return_result(text, aud, find, NOW)


@given(st.data())
def test_no_altered_return_result_passes(data: st.DataObject) -> None:
    text = sign_return_result(KEYS["Ed25519"], RESULT)
    changed = altered(text.encode(), data).decode("latin-1")
    if changed == text:
        return
    with pytest.raises(ReturnResultRefused):
        verify_return_result(changed, "mch_1", ISSUER_KEYS.get, NOW)
