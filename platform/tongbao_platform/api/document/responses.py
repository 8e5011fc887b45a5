"""What every operation may answer besides its success: problems, headers, and which codes stand behind each status."""

from typing import Any, Final

from tongbao_platform.api.document.schemas import REF, Schema
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.problems import CODES, PROBLEM_MEDIA_TYPE

_TOKEN: Final = ("token_missing", "token_invalid", "token_expired", "client_disabled")
_SIGNATURE: Final = (
    "signature_missing",
    "signature_malformed",
    "signature_key_unknown",
    "signature_invalid",
    "signature_expired",
    "signature_replayed",
)
_ALWAYS: Final = (
    *_TOKEN,
    *_SIGNATURE,
    "invalid_header",
    "api_version_unknown",
    "on_behalf_of_not_allowed",
    "body_too_large",
    "unsupported_media_type",
    "misdirected_request",
    "unknown_field",
    "validation_failed",
    "rate_limited",
    "headers_too_large",
    "internal_error",
    "overloaded",
)
_KEYED: Final = ("idempotency_key_missing", "idempotency_in_progress", "idempotency_key_reused")

STATUS_TITLES: Final[dict[int, str]] = {
    400: "The request could not be read.",
    401: "Who is calling is not proven.",
    403: "The token does not allow this.",
    404: "There is nothing here, or it is not the caller's.",
    408: "The body did not arrive in time.",
    409: "In conflict with what is stored.",
    413: "The body is larger than 65,536 bytes.",
    415: "The content type is not application/json, or the body is encoded.",
    421: "This host is not served here.",
    422: "Readable, and refused.",
    429: "Too many requests.",
    431: "The headers are larger than 16,384 bytes.",
    500: "Something went wrong on our side.",
    503: "The service is busy, or the outcome is not known yet.",
}
_PROBLEM_HEADERS: Final[dict[int, tuple[str, ...]]] = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}

HEADERS: Final[dict[str, Schema]] = {
    "Request-Id": {"description": "Names this exchange; quote it when asking for help.", "schema": {"type": "string"}},
    "Api-Version": {
        "description": "The version that the answer is written in.",
        "schema": {"type": "string", "format": "date"},
    },
    "JWS-Signature": {"description": "The platform's signature of this answer.", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "What is left of the limit, and when it is whole again.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "The limit.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "What the access token lacks (RFC 6750).", "schema": {"type": "string"}},
    "Location": {"description": "Where the new object is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Idempotent-Replayed": {
        "description": "Sent with a stored answer of an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Link": {"description": "The next page (RFC 8288, rel=next).", "schema": {"type": "string"}},
}


def header_refs(*names: str) -> dict[str, Schema]:
    """Return references to shared headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def error_codes(operation: OperationSpec) -> list[str]:
    """Return every code that ``operation`` may answer with, in the order of the table."""
    codes = {*_ALWAYS, *operation.refusals}
    if operation.scope is not None:
        codes.add("insufficient_scope")
    if operation.method == "POST":
        codes.update(_KEYED)
    if operation.changes:
        codes.add("outcome_unknown")
    if operation.body is not None:
        codes.update(("invalid_json", "request_timeout"))
    if operation.query is not None:
        codes.update(("invalid_parameter", "invalid_cursor"))
    if operation.path_parameters:
        codes.add("not_found")
    return [code for code in CODES if code in codes]


def problem_responses(operation: OperationSpec) -> dict[str, Schema]:
    """Return the problem answers of ``operation`` by status, as references."""
    statuses = sorted({CODES[code].status for code in error_codes(operation)})
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def problem_components() -> dict[str, Schema]:
    """Return the shared problem answers, one a status, each with an example of every code."""
    responses: dict[str, Schema] = {}
    for status, description in STATUS_TITLES.items():
        codes = [code for code, entry in CODES.items() if entry.status == status]
        responses[f"Problem{status}"] = {
            "description": description,
            "headers": header_refs("Request-Id", *_PROBLEM_HEADERS.get(status, ())),
            "content": {
                PROBLEM_MEDIA_TYPE: {
                    "schema": {"$ref": REF + "Problem"},
                    "examples": {code: {"value": _example(code)} for code in codes},
                }
            },
        }
    return responses


def _example(code: str) -> dict[str, Any]:
    entry = CODES[code]
    problem: dict[str, Any] = {
        "type": f"https://docs.tongbao.example/errors/{code}/",
        "title": entry.title,
        "status": entry.status,
        "detail": entry.title + ".",
        "instance": "/v1/payments",
        "code": code,
        "request_id": "req_01k8wq3v5rf1msx7r3p9v2c4ta",
        "retryable": entry.retryable,
    }
    if code in ("validation_failed", "unknown_field"):
        field = "required" if code == "validation_failed" else "unknown"
        problem["errors"] = [{"pointer": "/amount", "code": field, "detail": f"The member is {field}."}]
    return problem
