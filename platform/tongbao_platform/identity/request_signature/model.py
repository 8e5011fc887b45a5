"""What is signed, what is expected, and what verifying answers."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

SIGNATURE_HEADER: Final = b"jws-signature"

Headers = Sequence[tuple[bytes, bytes]]
"""Header lines in the order received, names in any case, one pair per line (as ASGI hands them over)."""

Check = Literal["header", "members", "key", "signature", "claims", "window", "replay"]
Code = Literal[
    "signature_missing",
    "signature_malformed",
    "signature_key_unknown",
    "signature_invalid",
    "signature_expired",
    "signature_replayed",
]


class SignedRequest(msgspec.Struct, frozen=True):
    """A request as it came off the wire.

    ``target`` is path and query byte for byte (see ``request_target``); ``body`` is the raw octets.
    """

    method: str
    target: bytes
    headers: Headers
    body: bytes


class SignedResponse(msgspec.Struct, frozen=True):
    """An answer as it goes onto the wire; ``JWS-Signature`` itself is among ``headers`` only when verifying."""

    status: int
    headers: Headers
    body: bytes


class RequestExpectation(msgspec.Struct, frozen=True, kw_only=True):
    """Whose request it must be: the token's client, for our ``base_url``, with the ``ath`` of that token."""

    client_id: str
    audience: str
    ath: str


class ResponseExpectation(msgspec.Struct, frozen=True, kw_only=True):
    """Whose answer it must be, to whom, and to which request (its ``JWS-Signature`` value, else its ``DPoP`` value)."""

    issuer: str
    client_id: str
    request_proof: str


class RequestClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What the signer of a request says besides the request; ``iat`` in seconds, ``hdrs`` the names to cover."""

    iss: str
    aud: str
    ath: str
    iat: int
    jti: str
    hdrs: tuple[str, ...] = ()


class ResponseClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What the signer of an answer says besides the answer; ``iat`` in seconds.

    ``request_proof`` is the request's ``JWS-Signature`` value, else its ``DPoP`` value.
    """

    iss: str
    aud: str
    iat: int
    jti: str
    request_proof: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A verified signature, with everything that proves it again later.

    ``proof`` is the ``JWS-Signature`` value (its protected header and signature); together with ``payload`` and the
    key named by ``thumbprint`` it can be verified by anyone. ``jti`` is yet to be claimed.
    """

    kid: str
    alg: str
    thumbprint: str
    iss: str
    iat: int
    jti: str
    proof: str
    payload: bytes
    payload_sha256: str


class SignatureRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a signature was not accepted.

    ``check`` is the step that failed. ``skew_seconds`` is ``iat`` minus the server's time, once ``iat`` could be read.
    ``payload`` is what the server built (with the request's body: show it in the sandbox only) and
    ``payload_sha256`` its hash in base64url, once the payload could be built.
    """

    code: Code
    check: Check
    detail: str
    server_time: Instant
    skew_seconds: int | None = None
    payload_sha256: str | None = None
    payload: bytes | None = None
