"""The parties, messages and small steps that the signature tests share."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.identity.request_signature import (
    Evidence,
    RequestClaims,
    RequestExpectation,
    SignatureRefusal,
    SignedRequest,
    verify_request,
)
from tongbao_platform.identity.token_hash import access_token_hash, hash_token, new_jti
from tongbao_platform.kernel.clock import Instant

NOW = Instant(1_795_343_400_123)
CLIENT = "app_sandbox_a"
ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example:8443"
ATH = access_token_hash(hash_token("token"))
KEYS = {alg: generate_signing_key(alg, kid=alg) for alg in ("ES256", "PS256", "Ed25519")}
BODY = b'{"amount":{"value":1999,"currency":"CNY"}}'
LINES = ((b"content-type", b"application/json"), (b"idempotency-key", b"k-1"), (b"host", b"api.example"))
REQUEST = SignedRequest("POST", b"/v1/payments?a=1", LINES, BODY)
EXPECTED = RequestExpectation(client_id=CLIENT, audience=AUDIENCE, ath=ATH)
CLAIMS = RequestClaims(
    iss=CLIENT, aud=AUDIENCE, ath=ATH, iat=NOW // 1000, jti=new_jti(), hdrs=("Idempotency-Key", "Content-Type")
)


def record(key: SigningKey, owner: str = CLIENT, **changes: Any) -> KeyRecord:
    plain = KeyRecord(kid=key.kid, owner=owner, alg=key.alg, public_jwk=key.public.jwk, valid_from=Instant(0))
    return msgspec.structs.replace(plain, **changes)


RECORDS = {kid: record(key) for kid, key in KEYS.items()}


def with_signature(request: SignedRequest, *values: str | bytes) -> SignedRequest:
    lines = tuple((b"JWS-Signature", value.encode() if isinstance(value, str) else value) for value in values)
    return msgspec.structs.replace(request, headers=(*request.headers, *lines))


def refusal(outcome: object) -> SignatureRefusal:
    assert isinstance(outcome, SignatureRefusal)
    return outcome


def judged(request: SignedRequest, now: Instant = NOW, **changes: Any) -> Evidence | SignatureRefusal:
    return verify_request(request, msgspec.structs.replace(EXPECTED, **changes), RECORDS.get, now)


def knows_nobody(kid: str) -> KeyRecord | None:
    return None


def altered(octets: bytes, data: st.DataObject) -> bytes:
    """One byte changed, added or dropped."""
    position = data.draw(st.integers(0, max(len(octets) - 1, 0)))
    byte = data.draw(st.integers(0, 255))
    kind = data.draw(st.sampled_from(("change", "add", "drop") if octets else ("add",)))
    rest = octets[position:] if kind == "add" else octets[position + 1 :]
    return octets[:position] + (b"" if kind == "drop" else bytes([byte])) + rest
