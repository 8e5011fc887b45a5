"""Sign a request the way a client does (the sandbox's own callers, vectors and tests; the SDK has its own signer)."""

import msgspec

from tongbao_platform.identity.jose.keys import SigningKey
from tongbao_platform.identity.jose.signature import sign_detached
from tongbao_platform.identity.request_signature.model import RequestClaims, SignedRequest
from tongbao_platform.identity.request_signature.payload import build_payload
from tongbao_platform.identity.request_signature.request_verify import REQUEST_TYPE


class _Protected(msgspec.Struct):
    alg: str
    kid: str
    typ: str
    iat: int
    jti: str
    iss: str
    aud: str
    ath: str
    hdrs: str


def sign_request(key: SigningKey, request: SignedRequest, claims: RequestClaims) -> str:
    """Return the ``JWS-Signature`` value for ``request``; ``PayloadRefused`` when its headers cannot be covered so."""
    protected = _Protected(
        alg=key.alg,
        kid=key.kid,
        typ=REQUEST_TYPE,
        iat=claims.iat,
        jti=claims.jti,
        iss=claims.iss,
        aud=claims.aud,
        ath=claims.ath,
        hdrs=",".join(claims.hdrs),
    )
    return sign_detached(key, msgspec.json.encode(protected), build_payload(request, claims.hdrs))
