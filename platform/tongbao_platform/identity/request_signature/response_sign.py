"""Sign an answer."""

import hashlib
from typing import Final

import msgspec

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.keys import SigningKey
from tongbao_platform.identity.jose.signature import sign_detached
from tongbao_platform.identity.request_signature.model import ResponseClaims, SignedResponse
from tongbao_platform.identity.request_signature.payload import index, join, status_line

RESPONSE_TYPE: Final = "payres+jws"
COVERED_WHEN_SENT: Final = ("Content-Type", "Request-Id", "Location", "Retry-After", "Idempotent-Replayed")
_COVERED: Final = tuple((name, name.lower().encode("ascii")) for name in COVERED_WHEN_SENT)
_NO_CONTENT: Final = 204


class _Protected(msgspec.Struct):
    alg: str
    kid: str
    typ: str
    iat: int
    jti: str
    iss: str
    aud: str
    req: str
    hdrs: str


def is_signed_status(status: int) -> bool:
    """Tell whether answers with ``status`` are signed: all but 401, 429 and 5xx."""
    return status not in {401, 429} and status < 500


def request_reference(request_proof: str) -> str:
    """Return the ``req`` member: base64url of SHA-256 of the request's proof, as it stood in its header."""
    return base64url.encode(hashlib.sha256(request_proof.encode("latin-1")).digest())


def sign_response(key: SigningKey, response: SignedResponse, claims: ResponseClaims) -> str:
    """Return the ``JWS-Signature`` value for ``response``, covering the headers that matter where they are sent.

    A 204 has no content, so its Content-Type, if a framework left one, is not covered. ``ValueError`` for a status that
    is never signed; ``PayloadRefused`` when a covered header is repeated or not ASCII.
    """
    if not is_signed_status(response.status):
        raise ValueError(f"answers with status {response.status} are not signed")
    values = index(response.headers)
    if response.status == _NO_CONTENT:
        values.pop(b"content-type", None)
    names = [name for name, key_name in _COVERED if key_name in values]
    protected = _Protected(
        alg=key.alg,
        kid=key.kid,
        typ=RESPONSE_TYPE,
        iat=claims.iat,
        jti=claims.jti,
        iss=claims.iss,
        aud=claims.aud,
        req=request_reference(claims.request_proof),
        hdrs=",".join(names),
    )
    payload = join(status_line(response), values, names, response.body)
    return sign_detached(key, msgspec.json.encode(protected), payload)
