"""private_key_jwt: what authenticates a client, and every way it does not."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.identity.client_assertion import (
    OTHER_TYPES,
    AcceptedAssertion,
    Assertion,
    AssertionRefusal,
    check_assertion,
    read_assertion,
)
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key
from tongbao_platform.identity.jose.signature import sign_compact
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.kernel.clock import Instant

NOW = Instant(1_795_343_400_999)
SECONDS = NOW // 1000
CLIENT = "app_sandbox_a"
ISSUER = "https://issuer.example"
KEYS = {alg: generate_signing_key(alg, kid=alg) for alg in ("ES256", "PS256", "Ed25519")}
STRANGER = generate_signing_key("Ed25519", kid="Ed25519")
DROP = object()


def record(key: SigningKey, **changes: Any) -> KeyRecord:
    plain = KeyRecord(kid=key.kid, owner=CLIENT, alg=key.alg, public_jwk=key.public.jwk, valid_from=Instant(0))
    return msgspec.structs.replace(plain, **changes)


RECORDS = [record(key) for key in KEYS.values()]


def assertion(header: dict[str, Any] | None = None, key: SigningKey = KEYS["Ed25519"], **claims: Any) -> str:
    members = {"alg": key.alg, "kid": key.kid, **(header or {})}
    payload = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": ISSUER,
        "jti": "jti-1",
        "exp": SECONDS + 60,
        "iat": SECONDS,
        **claims,
    }
    texts = [
        json.dumps({name: value for name, value in part.items() if value is not DROP}) for part in (members, payload)
    ]
    return sign_compact(key, texts[0].encode(), texts[1].encode())


def judged(text: str, keys: list[KeyRecord] | None = None, now: Instant = NOW) -> AcceptedAssertion | AssertionRefusal:
    read = read_assertion(text, now)
    if isinstance(read, AssertionRefusal):
        return read
    return check_assertion(read, RECORDS if keys is None else keys, ISSUER, now)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_good_assertion_authenticates(key: SigningKey) -> None:
    assert judged(assertion(key=key)) == AcceptedAssertion(
        client_id=CLIENT, kid=key.kid, jti="jti-1", exp=SECONDS + 60, keep_until=Instant((SECONDS + 120) * 1000)
    )


@pytest.mark.parametrize(
    "header",
    [
        {"kid": DROP},
        {"typ": "JWT"},
        {"typ": "jwt"},
        {"typ": "client-authentication+jwt"},
        {"alg": "EdDSA"},
    ],
)
def test_headers_that_are_fine(header: dict[str, Any]) -> None:
    assert isinstance(judged(assertion(header)), AcceptedAssertion)


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": DROP},
        {"iat": SECONDS + 10},
        {"iat": SECONDS + 60},
        {"nbf": SECONDS + 60},
        {"iat": SECONDS - 10**6},
        {"exp": SECONDS + 1},
        {"exp": SECONDS + 3600},
        {"exp": SECONDS + 60.5},
        {"jti": "x" * 255},
        {"scope": ["whatever"], "cnf": None},
    ],
)
def test_claims_that_are_fine(claims: dict[str, Any]) -> None:
    assert isinstance(judged(assertion(**claims)), AcceptedAssertion)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": DROP},
        {"alg": None},
        {"kid": "nobody"},
        {"kid": 5},
        {"kid": "ES256"},
        {"jwk": json.loads(KEYS["Ed25519"].public.jwk)},
        {"jku": "https://evil.example"},
        {"x5u": "https://evil.example"},
        {"x5c": ["MII"]},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"typ": 7},
        *({"typ": typ} for typ in sorted(OTHER_TYPES)),
        {"typ": "PAYREQ+JWS"},
        {"typ": "application/payreq+jws"},
    ],
)
def test_headers_that_are_refused(header: dict[str, Any]) -> None:
    assert isinstance(judged(assertion(header)), AssertionRefusal)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": DROP},
        {"sub": DROP},
        {"iss": "app_sandbox_b"},
        {"sub": "app_sandbox_b"},
        {"sub": [CLIENT], "iss": [CLIENT]},
        {"sub": "", "iss": ""},
        {"sub": "a\0", "iss": "a\0"},
        {"aud": DROP},
        {"aud": [ISSUER]},
        {"aud": f"{ISSUER}/"},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": ISSUER.upper()},
        {"exp": DROP},
        {"exp": None},
        {"exp": str(SECONDS + 60)},
        {"exp": True},
        {"exp": SECONDS},
        {"exp": SECONDS - 1},
        {"exp": SECONDS + 3661},
        {"exp": 10**400},
        {"exp": -5},
        {"iat": SECONDS + 61},
        {"iat": str(SECONDS)},
        {"iat": None},
        {"nbf": SECONDS + 61},
        {"nbf": True},
        {"jti": DROP},
        {"jti": ""},
        {"jti": 5},
        {"jti": "x" * 256},
        {"jti": "a\0b"},
        {"jti": "é"},
    ],
)
def test_claims_that_are_refused(claims: dict[str, Any]) -> None:
    assert isinstance(judged(assertion(**claims)), AssertionRefusal)


@pytest.mark.parametrize(
    ("claims", "skew"),
    [({"exp": SECONDS - 100}, -100), ({"iat": SECONDS + 61}, 61), ({"nbf": SECONDS + 7200}, 7200)],
)
def test_a_refused_time_comes_with_the_servers(claims: dict[str, Any], skew: int) -> None:
    outcome = judged(assertion(**claims))

    assert isinstance(outcome, AssertionRefusal)
    assert (outcome.error, outcome.skew_seconds, outcome.server_time) == ("invalid_client", skew, NOW)
    assert outcome.description.endswith(f"server time 2026-11-22T10:30:00.999Z, difference {skew} s")


def test_each_refusal_is_an_error_description_of_rfc_6749() -> None:
    texts = [
        "",
        "a.b.c",
        assertion({"alg": 'x"\\é'}),
        assertion({'x"\\': 1}),
        assertion(sub='"\\'),
        assertion(exp=1),
        assertion(jti="é"),
        assertion(aud='"'),
    ]
    for text in texts:
        outcome = judged(text)
        assert isinstance(outcome, AssertionRefusal)
        assert outcome.description.isascii()
        assert not set('"\\') & set(outcome.description)


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": NOW},
        {"valid_until": NOW},
        {"valid_from": Instant(NOW + 1)},
        {"use": "enc"},
        {"owner": "app_sandbox_b"},
        {"public_jwk": STRANGER.public.jwk},
    ],
)
def test_only_a_valid_key_of_the_client_counts(changes: dict[str, Any]) -> None:
    assert isinstance(judged(assertion(), [record(KEYS["Ed25519"], **changes)]), AssertionRefusal)


def test_without_a_kid_all_the_clients_keys_are_tried() -> None:
    others = [record(generate_signing_key("Ed25519")) for _ in range(3)]

    assert isinstance(judged(assertion({"kid": DROP}), [*others, *RECORDS]), AcceptedAssertion)
    assert isinstance(judged(assertion({"kid": DROP}), others), AssertionRefusal)


def test_an_assertion_too_long_is_not_decoded() -> None:
    outcome = judged(assertion(x="x" * 16_384))

    assert isinstance(outcome, AssertionRefusal)
    assert "longer than" in outcome.description


@pytest.mark.parametrize("payload", [b"[]", b"x", b'{"sub":"a","sub":"b"}', b"\xff{}"])
def test_claims_that_are_no_strict_json_object(payload: bytes) -> None:
    assert isinstance(
        read_assertion(sign_compact(KEYS["Ed25519"], b'{"alg":"Ed25519"}', payload), NOW), AssertionRefusal
    )


def test_reading_believes_nothing() -> None:
    protected, payload, _ = assertion(key=STRANGER).split(".")

    read = read_assertion(f"{protected}.{payload}.{base64url.encode(bytes(64))}", NOW)

    assert isinstance(read, Assertion)
    assert read.client_id == CLIENT
    assert isinstance(check_assertion(read, RECORDS, ISSUER, NOW), AssertionRefusal)


GOOD = assertion()


@given(st.data())
def test_no_altered_assertion_passes(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(GOOD) - 1))
    other = data.draw(st.sampled_from("ABab01-_.= é").filter(lambda character: character != GOOD[position]))

    assert isinstance(judged(GOOD[:position] + other + GOOD[position + 1 :]), AssertionRefusal)
    assert isinstance(judged(GOOD[:position] + other + GOOD[position:]), AssertionRefusal)
    assert isinstance(judged(GOOD[:position] + GOOD[position + 1 :]), AssertionRefusal)
