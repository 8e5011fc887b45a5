"""The schemas of problems: what ``http.problems`` encodes, with the closed lists of codes."""

from typing import Final

import msgspec

from tongbao_platform.api.document.schemas import REF, Schema
from tongbao_platform.http.problems import CODES, FIELD_CODES, Problem

_DESCRIPTIONS: Final[dict[str, str]] = {
    "type": "The page that explains the code.",
    "title": "Says the same for every occurrence.",
    "status": "The HTTP status.",
    "detail": "What happened this time.",
    "instance": "The path that was asked.",
    "request_id": "As in the header Request-Id.",
    "retryable": "Whether the same request may succeed later.",
    "errors": "Every member, parameter or header that was refused, at most 100.",
    "current_status": "The object's status, where that is the reason.",
    "allowed_actions": "What the object's status admits.",
    "decline": "Why a payment was declined, where that is the reason.",
    "remaining": "Minor units that may still be refunded.",
    "check": "Which check of the signature failed.",
    "server_time": "The server's time.",
    "skew_seconds": "`iat` minus the server's time.",
    "payload_sha256": "SHA-256 (base64url) of the payload that the server built.",
    "payload": "That payload itself (base64url); in the sandbox only.",
}


def problem_schemas() -> dict[str, Schema]:
    """Return the schemas Problem, FieldError, ErrorCode and FieldErrorCode."""
    required = [field.name for field in msgspec.structs.fields(Problem) if field.required]
    return {
        "ErrorCode": {"type": "string", "description": "The closed list of error codes.", "enum": list(CODES)},
        "FieldErrorCode": {"type": "string", "description": "What is wrong with a member.", "enum": list(FIELD_CODES)},
        "FieldError": {
            "description": "One member, parameter or header that was refused.",
            "type": "object",
            "properties": {
                "pointer": {
                    "type": "string",
                    "description": "An RFC 6901 pointer into the body, or `query:`, `header:` or `path:` and a name.",
                },
                "code": {"$ref": REF + "FieldErrorCode"},
                "detail": {"type": "string"},
            },
            "required": ["pointer", "code", "detail"],
        },
        "Problem": {
            "description": "An error (RFC 9457).",
            "type": "object",
            "properties": {
                "code": {"$ref": REF + "ErrorCode"},
                **{name: {**_TYPES.get(name, _STRING), "description": text} for name, text in _DESCRIPTIONS.items()},
            },
            "required": required,
        },
    }


_STRING: Final[Schema] = {"type": "string"}
_INTEGER: Final[Schema] = {"type": "integer"}
_TYPES: Final[dict[str, Schema]] = {
    "type": {"type": "string", "format": "uri"},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "instance": {"type": "string", "format": "uri-reference"},
    "retryable": {"type": "boolean"},
    "errors": {"type": "array", "maxItems": 100, "items": {"$ref": REF + "FieldError"}},
    "allowed_actions": {"type": "array", "items": _STRING},
    "remaining": _INTEGER,
    "server_time": {"type": "string", "format": "date-time"},
    "skew_seconds": _INTEGER,
}
