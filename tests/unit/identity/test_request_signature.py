"""Requests: no altered byte passes, and the checks come in their order."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.identity.signing_parties import (
    ATH,
    AUDIENCE,
    BODY,
    CLAIMS,
    CLIENT,
    EXPECTED,
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
from tongbao_platform.identity.request_signature import (
    Evidence,
    PayloadRefused,
    SignatureRefusal,
    SignedRequest,
    build_payload,
    request_target,
    sign_request,
    verify_request,
)
from tongbao_platform.kernel.clock import Instant


@pytest.mark.parametrize("alg", KEYS)
def test_the_evidence_proves_the_request_again(alg: str) -> None:
    value = sign_request(KEYS[alg], REQUEST, CLAIMS)

    evidence = judged(with_signature(REQUEST, f" {value}\t"))

    assert isinstance(evidence, Evidence)
    assert evidence.payload == (b"POST /v1/payments?a=1\nIdempotency-Key: k-1\nContent-Type: application/json\n" + BODY)
    assert evidence.payload_sha256 == base64url.encode(hashlib.sha256(evidence.payload).digest())
    assert (evidence.proof, evidence.kid, evidence.alg) == (value, alg, alg)
    assert (evidence.iss, evidence.iat, evidence.jti) == (CLIENT, CLAIMS.iat, CLAIMS.jti)
    assert evidence.thumbprint == KEYS[alg].public.thumbprint


SIGNED = with_signature(REQUEST, sign_request(KEYS["Ed25519"], REQUEST, CLAIMS))


@given(st.data())
def test_no_altered_byte_anywhere_passes(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(["method", "target", "body", "content-type", "idempotency-key", "signature"]))
    if part == "method":
        changed = msgspec.structs.replace(SIGNED, method=altered(b"POST", data).decode("latin-1"))
    elif part in {"target", "body"}:
        changed = msgspec.structs.replace(SIGNED, **{part: altered(getattr(SIGNED, part), data)})
    else:
        name = b"JWS-Signature" if part == "signature" else part.encode()
        changed = msgspec.structs.replace(
            SIGNED, headers=[(key, altered(value, data) if key == name else value) for key, value in SIGNED.headers]
        )
    same = changed.method == "POST" and changed.target == SIGNED.target and changed.body == BODY
    same = same and [value.strip(b" \t") for _, value in changed.headers] == [value for _, value in SIGNED.headers]

    outcome = judged(changed)

    assert isinstance(outcome, Evidence if same else SignatureRefusal)


@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    st.binary(max_size=40).map(lambda raw: b"/" + bytes(byte for byte in raw if byte > 0x20 and byte not in b"?\x7f")),
    st.binary(max_size=40).map(lambda raw: bytes(byte for byte in raw if byte > 0x20 and byte != 0x7F)),
    st.lists(st.text(alphabet="abcXYZ-", min_size=1, max_size=8), unique_by=str.lower, max_size=5),
    st.binary(max_size=200),
)
def test_whatever_is_signed_verifies(method: str, path: bytes, query: bytes, names: Sequence[str], body: bytes) -> None:
    headers = [(name.upper().encode(), f" value of {name} ".encode()) for name in names]
    request = SignedRequest(method, request_target(path, query), headers, body)
    value = sign_request(KEYS["Ed25519"], request, msgspec.structs.replace(CLAIMS, hdrs=tuple(names)))

    assert isinstance(judged(with_signature(request, value)), Evidence)


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        (b"/v1/x", b"/v1/x"),
        (b"/v1/x?", b"/v1/x"),
        (b"/v1/x??", b"/v1/x??"),
        (b"/v1/x?a?", b"/v1/x?a?"),
        (b"/v1/x?a=%2f&b=+", b"/v1/x?a=%2f&b=+"),
        (b"/", b"/"),
        (b"/?", b"/"),
    ],
)
def test_only_a_bare_question_mark_is_left_out(sent: bytes, signed: bytes) -> None:
    assert build_payload(SignedRequest("GET", sent, (), b""), ()) == b"GET " + signed + b"\n"


def test_the_target_of_an_asgi_scope() -> None:
    assert request_target(b"/v1/%70", b"") == b"/v1/%70"
    assert request_target(b"/v1/%70", b"a=1?") == b"/v1/%70?a=1?"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("post", b"/"),
        ("POST /x\nA", b"/"),
        ("", b"/"),
        ("GET", b""),
        ("GET", b"x"),
        ("GET", b"/a\nB: c"),
        ("GET", b"/ "),
    ],
)
def test_lines_that_could_be_read_two_ways_are_refused(method: str, target: bytes) -> None:
    with pytest.raises(PayloadRefused):
        build_payload(SignedRequest(method, target, (), b""), ())
    outcome = refusal(judged(SignedRequest(method, target, SIGNED.headers, BODY)))
    assert (outcome.code, outcome.check) == ("signature_malformed", "header")


def test_the_first_failing_check_counts() -> None:
    """A signature wrong in every way is refused by each check in turn as the earlier ones are put right."""
    old = msgspec.structs.replace(CLAIMS, iat=CLAIMS.iat - 1000, iss="other")
    value = sign_request(KEYS["ES256"], REQUEST, old)
    protected, _, signature = value.split(".")
    unknown = verify_request(with_signature(REQUEST, value), EXPECTED, knows_nobody, NOW)
    wrong_length = judged(with_signature(REQUEST, f"{protected}..{signature[:-2]}"))
    other_body = judged(msgspec.structs.replace(with_signature(REQUEST, value), body=b"{}"))
    claims = judged(with_signature(REQUEST, value))
    window = judged(with_signature(REQUEST, value), client_id="other")

    assert (refusal(unknown).code, refusal(unknown).check) == ("signature_key_unknown", "key")
    assert (refusal(wrong_length).code, refusal(wrong_length).check) == ("signature_malformed", "signature")
    assert (refusal(other_body).code, refusal(other_body).check) == ("signature_invalid", "signature")
    assert (refusal(claims).code, refusal(claims).check) == ("signature_invalid", "claims")
    assert refusal(window).check == "key"


def test_a_refusal_names_the_times_and_the_payload() -> None:
    value = sign_request(KEYS["ES256"], REQUEST, msgspec.structs.replace(CLAIMS, iat=CLAIMS.iat - 301))

    outcome = refusal(judged(with_signature(REQUEST, value)))

    assert (outcome.code, outcome.check) == ("signature_expired", "window")
    assert (outcome.server_time, outcome.skew_seconds) == (NOW, -301)
    assert outcome.payload == build_payload(REQUEST, CLAIMS.hdrs)
    assert outcome.payload_sha256 == base64url.encode(hashlib.sha256(outcome.payload).digest())


def test_before_iat_is_read_there_is_no_skew_and_no_payload() -> None:
    outcome = refusal(judged(REQUEST))

    assert (outcome.code, outcome.skew_seconds, outcome.payload) == ("signature_missing", None, None)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 59, 60])
def test_the_window_includes_its_ends(seconds: int) -> None:
    for milliseconds in (0, 999):
        now = Instant((CLAIMS.iat - seconds) * 1000 + milliseconds)
        assert isinstance(judged(SIGNED, now), Evidence)


@pytest.mark.parametrize("seconds", [-(10**9), -301, 61, 10**9])
def test_outside_the_window_nothing_passes(seconds: int) -> None:
    assert refusal(judged(SIGNED, Instant((CLAIMS.iat - seconds) * 1000))).skew_seconds == seconds


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": NOW},
        {"revoked_at": Instant(NOW + 10**9)},
        {"valid_from": Instant(NOW + 1)},
        {"valid_until": NOW},
        {"use": "enc"},
        {"owner": "app_sandbox_b"},
        {"kid": "another"},
        {"alg": "ES256"},
    ],
)
def test_a_key_that_does_not_count_is_unknown(changes: dict[str, Any]) -> None:
    known = record(KEYS["Ed25519"], **changes)

    outcome = refusal(verify_request(SIGNED, EXPECTED, lambda _: known, NOW))

    assert (outcome.code, outcome.check) == ("signature_key_unknown", "key")


@pytest.mark.parametrize("kid", ["a b", "k\0", "é", "k" * 129, "\n"])
def test_a_kid_in_no_form_we_register_is_not_looked_up(kid: str) -> None:
    asked: list[str] = []
    members = {"alg": "Ed25519", "kid": kid, "typ": "payreq+jws", "iat": CLAIMS.iat, "jti": CLAIMS.jti}
    members |= {"iss": CLIENT, "aud": AUDIENCE, "ath": ATH, "hdrs": "Idempotency-Key,Content-Type"}
    protected = base64url.encode(msgspec.json.encode(members))

    def find(name: str) -> None:
        asked.append(name)

    outcome = verify_request(with_signature(REQUEST, f"{protected}..{'A' * 86}"), EXPECTED, find, NOW)

    assert (refusal(outcome).code, asked) == ("signature_key_unknown", [])


def test_the_longest_header_is_8_kib() -> None:
    value = SIGNED.headers[-1][1]

    assert refusal(judged(with_signature(REQUEST, value + b"A" * (8193 - len(value))))).detail.startswith("longer")
    assert "longer" not in refusal(judged(with_signature(REQUEST, value + b"A" * (8192 - len(value))))).detail


def test_secrets_cannot_be_covered() -> None:
    for name in ("Authorization", "cookie", "DPoP", "JWS-Signature"):
        request = SignedRequest("GET", b"/", ((name.lower().encode(), b"secret"),), b"")
        with pytest.raises(PayloadRefused, match="may not name"):
            build_payload(request, (name,))
