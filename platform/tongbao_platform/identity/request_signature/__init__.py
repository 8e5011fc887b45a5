"""``JWS-Signature`` v1: signing and verifying requests and answers, detached JWS over their exact octets.

The scheme is documented for clients in the developer portal and pinned by ``openapi/signature-vectors``. Whether a
``jti`` was used before is not decided here: it is in the evidence, and the operation's own transaction claims it.
"""

from tongbao_platform.identity.request_signature.judge import MAX_AHEAD_SECONDS, MAX_BEHIND_SECONDS
from tongbao_platform.identity.request_signature.model import (
    Evidence,
    RequestClaims,
    RequestExpectation,
    ResponseClaims,
    ResponseExpectation,
    SignatureRefusal,
    SignedRequest,
    SignedResponse,
)
from tongbao_platform.identity.request_signature.payload import (
    PayloadRefused,
    build_payload,
    build_response_payload,
    request_target,
)
from tongbao_platform.identity.request_signature.request_sign import sign_request
from tongbao_platform.identity.request_signature.request_verify import verify_request
from tongbao_platform.identity.request_signature.response_sign import is_signed_status, sign_response
from tongbao_platform.identity.request_signature.response_verify import verify_response
from tongbao_platform.identity.request_signature.return_result import (
    ReturnResult,
    ReturnResultRefused,
    sign_return_result,
    verify_return_result,
)

__all__ = [
    "MAX_AHEAD_SECONDS",
    "MAX_BEHIND_SECONDS",
    "Evidence",
    "PayloadRefused",
    "RequestClaims",
    "RequestExpectation",
    "ResponseClaims",
    "ResponseExpectation",
    "ReturnResult",
    "ReturnResultRefused",
    "SignatureRefusal",
    "SignedRequest",
    "SignedResponse",
    "build_payload",
    "build_response_payload",
    "is_signed_status",
    "request_target",
    "sign_request",
    "sign_response",
    "sign_return_result",
    "verify_request",
    "verify_response",
    "verify_return_result",
]
