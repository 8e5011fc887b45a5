"""The closed list of error codes, each with its HTTP status, and problems (RFC 9457) as values.

This is the only place that knows which status a code has. A test keeps this table, the OpenAPI document and the
portal's page per code in step. The titles never change with the occurrence; what happened this time stands in
``detail``.
"""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.errors import FieldError, Refusal

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

FIELD_CODES: Final = (
    "required",
    "unknown",
    "wrong_type",
    "too_small",
    "too_large",
    "too_long",
    "bad_format",
    "not_allowed",
    "not_found",
    "differs",
)
FieldCode = Literal[
    "required",
    "unknown",
    "wrong_type",
    "too_small",
    "too_large",
    "too_long",
    "bad_format",
    "not_allowed",
    "not_found",
    "differs",
]


class ErrorCode(msgspec.Struct, frozen=True):
    """One code of the list: its HTTP status, its unchanging title, and whether the same request may succeed later."""

    status: int
    title: str
    retryable: bool = False


_LIST: Final = {
    # 400: it could not be read
    "invalid_json": ErrorCode(400, "The body is not acceptable JSON"),
    "invalid_parameter": ErrorCode(400, "A query parameter has an unusable value"),
    "invalid_header": ErrorCode(400, "A header has an unusable value"),
    "invalid_cursor": ErrorCode(400, "The cursor does not belong to this list"),
    "idempotency_key_missing": ErrorCode(400, "The Idempotency-Key header is missing"),
    "api_version_unknown": ErrorCode(400, "The API version is unknown"),
    # 401: who is this?
    "token_missing": ErrorCode(401, "No access token was sent"),
    "token_invalid": ErrorCode(401, "The access token is not valid"),
    "token_expired": ErrorCode(401, "The access token has expired"),
    "client_disabled": ErrorCode(401, "The client is disabled"),
    "signature_missing": ErrorCode(401, "The request is not signed"),
    "signature_malformed": ErrorCode(401, "The signature is malformed"),
    "signature_key_unknown": ErrorCode(401, "The signing key is unknown"),
    "signature_invalid": ErrorCode(401, "The signature does not match the request"),
    "signature_expired": ErrorCode(401, "The signature is outside its time window"),
    "signature_replayed": ErrorCode(401, "The signature was used before"),
    # 403: not with this token
    "insufficient_scope": ErrorCode(403, "The token lacks the scope for this operation"),
    "on_behalf_of_not_allowed": ErrorCode(403, "The client may not act for this merchant"),
    # 404, 405
    "not_found": ErrorCode(404, "Not found"),
    "method_not_allowed": ErrorCode(405, "The method is not allowed here"),
    # 408
    "request_timeout": ErrorCode(408, "The request did not arrive in time", True),
    # 409: in conflict with what is stored
    "idempotency_in_progress": ErrorCode(409, "The first request with this Idempotency-Key is still running", True),
    "merchant_number_conflict": ErrorCode(409, "The merchant's number was used with other parameters"),
    "payment_invalid_state": ErrorCode(409, "The payment's state does not allow this"),
    # 413, 415, 421
    "body_too_large": ErrorCode(413, "The body is too large"),
    "unsupported_media_type": ErrorCode(415, "The content type or encoding is not supported"),
    "misdirected_request": ErrorCode(421, "This host is not served here"),
    # 422: readable, and refused
    "validation_failed": ErrorCode(422, "The request has invalid fields"),
    "unknown_field": ErrorCode(422, "The request has unknown fields"),
    "idempotency_key_reused": ErrorCode(422, "The Idempotency-Key was used for another request"),
    "refund_exceeds_payment": ErrorCode(422, "The refund exceeds what is left of the payment"),
    "insufficient_balance": ErrorCode(422, "The balance is not sufficient"),
    "limit_exceeded": ErrorCode(422, "A limit would be exceeded"),
    "currency_mismatch": ErrorCode(422, "The currencies differ"),
    "return_url_not_registered": ErrorCode(422, "The return URL's origin is not registered"),
    "webhook_url_not_allowed": ErrorCode(422, "The webhook URL is not allowed"),
    # 429, 431
    "rate_limited": ErrorCode(429, "Too many requests", True),
    "headers_too_large": ErrorCode(431, "The headers are too large"),
    # 5xx: our fault
    "internal_error": ErrorCode(500, "Something went wrong on our side", True),
    "overloaded": ErrorCode(503, "The service is busy", True),
    "outcome_unknown": ErrorCode(503, "The outcome of the request is not known yet", True),
}
CODES: Final[dict[str, ErrorCode]] = _LIST


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An error answer as ``application/problem+json`` (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    retryable: bool
    errors: tuple[FieldError, ...] = ()
    current_status: str | None = None
    allowed_actions: tuple[str, ...] | None = None
    decline: str | None = None
    remaining: int | None = None
    check: str | None = None
    server_time: str | None = None
    skew_seconds: int | None = None
    payload_sha256: str | None = None
    payload: str | None = None


class SignatureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a refused signature's answer adds: the failed check and what the server compared (api.md section 3)."""

    check: str
    server_time: str
    skew_seconds: int | None = None
    payload_sha256: str | None = None
    payload: str | None = None


class Occurrence(msgspec.Struct, frozen=True):
    """Where and in which request a problem occurred: ``portal`` is the base of the error pages, without a slash."""

    portal: str
    instance: str
    request_id: str


_ENCODE = msgspec.json.Encoder().encode


def problem_page(portal: str, code: str) -> str:
    """Return the URL of the page that explains ``code``."""
    return f"{portal}/errors/{code}/"


def problem_of(refusal: Refusal, where: Occurrence, facts: SignatureFacts | None = None) -> Problem:
    """Return the problem for ``refusal``; a code outside the list is our own mistake and raises ``KeyError``."""
    entry = CODES[refusal.code]
    problem = Problem(
        type=problem_page(where.portal, refusal.code),
        title=entry.title,
        status=entry.status,
        detail=refusal.detail,
        instance=where.instance,
        code=refusal.code,
        request_id=where.request_id,
        retryable=entry.retryable or refusal.retryable,
        errors=refusal.errors,
        current_status=refusal.current_status,
        allowed_actions=refusal.allowed_actions,
        remaining=refusal.remaining,
    )
    if facts is not None:
        problem.check = facts.check
        problem.server_time = facts.server_time
        problem.skew_seconds = facts.skew_seconds
        problem.payload_sha256 = facts.payload_sha256
        problem.payload = facts.payload
    return problem


def encode_problem(problem: Problem) -> bytes:
    """Return the body bytes of ``problem``."""
    return _ENCODE(problem)
