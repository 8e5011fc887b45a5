"""Puts the document together: paths from Litestar, schemas from msgspec, everything else from the operations."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar
from litestar.openapi import OpenAPIConfig

from tongbao_platform.api.document.examples import EXAMPLES
from tongbao_platform.api.document.problem_schema import problem_schemas
from tongbao_platform.api.document.responses import (
    HEADERS,
    error_codes,
    header_refs,
    problem_components,
    problem_responses,
)
from tongbao_platform.api.document.schemas import REF, Schema, component_schemas, parameter_schemas
from tongbao_platform.api.document.webhooks import WEBHOOK_TYPES, event_data_schema, webhooks
from tongbao_platform.api.handlers import litestar_handlers
from tongbao_platform.api.services import no_services
from tongbao_platform.http.api_version import LATEST
from tongbao_platform.http.operation_spec import OperationSpec

_INTRODUCTION: Final = """\
Payments, refunds, accounts and their events.

Every request carries an access token and a detached JWS over its method, target, covered headers and body; see
[Signing](https://docs.tongbao.example/signing/). Money is whole minor units. Errors are problem documents
(RFC 9457) whose `code` is from a closed list. Objects carry a `revision`: apply only what is greater. Enumerations and
unions in answers may grow; ignore what you do not know.
"""
_TAGS: Final = (
    ("payments", "Taking money, by any method."),
    ("refunds", "Giving money back."),
    ("accounts", "Accounts, balances and statements."),
    ("webhook_endpoints", "Where events are sent."),
    ("webhook_deliveries", "What was sent, and what came back."),
    ("events", "What happened; the way to catch up."),
    ("currencies", "ISO 4217."),
    ("me", "The calling client."),
)
_ID_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Makes a repeated request harmless: the first one's answer comes again. Covered by the signature.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
    "example": "f3b1c6de-0d5c-4a3a-9a35-2f2f0f9c1a11",
}
_ON_BEHALF_OF: Final = {
    "name": "On-Behalf-Of",
    "in": "header",
    "required": False,
    "description": "The merchant that a client of several merchants acts for. Covered by the signature.",
    "schema": {"type": "string", "pattern": "^mch_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
}
_API_VERSION: Final = {
    "name": "Api-Version",
    "in": "header",
    "required": False,
    "description": "The version that the request is written in; without it the one that the client is pinned to.",
    "schema": {"type": "string", "format": "date", "enum": [LATEST]},
}


def build_document(operations: Sequence[OperationSpec]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of ``operations``, in a stable order."""
    paths = _litestar_paths(operations)
    schemas = {
        **component_schemas([*_wire_types(operations), *WEBHOOK_TYPES]),
        **problem_schemas(),
        "EventData": event_data_schema(),
    }
    for operation in operations:
        _finish(paths[operation.path][operation.method.lower()], operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tongbao API",
            "version": LATEST,
            "summary": "An open-banking payments platform.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {"url": "http://127.0.0.1:8080", "description": "A sandbox on this machine (make sandbox)."},
        ],
        "tags": [{"name": name, "description": text} for name, text in _TAGS if any(o.tag == name for o in operations)],
        "security": [{"oauth2": [], "jws": []}],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": problem_components(),
            "parameters": {"IdempotencyKey": _ID_KEY, "OnBehalfOf": _ON_BEHALF_OF, "ApiVersion": _API_VERSION},
            "headers": HEADERS,
            "securitySchemes": _security_schemes(operations),
        },
    }


def _litestar_paths(operations: Sequence[OperationSpec]) -> dict[str, Any]:
    app = Litestar(
        litestar_handlers(operations, no_services()),
        openapi_config=OpenAPIConfig(title="Tongbao API", version=LATEST),
        # Without this the framework would put its own handlers on the process' root logger.
        logging_config=None,
    )
    paths: dict[str, Any] = app.openapi_schema.to_schema()["paths"]
    return {path: paths[path] for path in dict.fromkeys(operation.path for operation in operations)}


def _wire_types(operations: Sequence[OperationSpec]) -> list[type[Any]]:
    types = [kind for operation in operations for kind in (operation.body, operation.result) if kind is not None]
    return list(dict.fromkeys(types))


def _finish(entry: dict[str, Any], operation: OperationSpec, schemas: dict[str, Schema]) -> None:
    entry.pop("deprecated", None)
    entry["parameters"] = _parameters(operation, schemas)
    examples = EXAMPLES.get(operation.operation_id, {})
    if operation.body is not None:
        media: dict[str, Any] = {"schema": {"$ref": REF + operation.body.__name__}}
        if "request" in examples:
            media["examples"] = examples["request"]
        entry["requestBody"] = {"required": True, "content": {"application/json": media}}
    entry["responses"] = {**_successes(operation, examples), **problem_responses(operation)}
    scopes = [] if operation.scope is None else [operation.scope]
    entry["security"] = [{"oauth2": scopes, "jws": []}]
    entry["x-error-codes"] = error_codes(operation)
    if operation.events:
        entry["x-events"] = list(operation.events)


def _parameters(operation: OperationSpec, schemas: dict[str, Schema]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for name, parameter in operation.path_parameters.items():
        parameters.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": parameter.description,
                "schema": {"type": "string", "pattern": parameter.pattern.replace(r"(?!\n)", "")},
                "example": parameter.example,
            }
        )
    if operation.query is not None:
        for name, (schema, required) in parameter_schemas(operation.query, schemas).items():
            described = {"description": schema.pop("description")} if "description" in schema else {}
            parameters.append({"name": name, "in": "query", "required": required, **described, "schema": schema})
    if operation.metadata_filter:
        parameters.append(_metadata_filter())
    if operation.method == "POST":
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    parameters.append({"$ref": "#/components/parameters/OnBehalfOf"})
    parameters.append({"$ref": "#/components/parameters/ApiVersion"})
    return parameters


def _metadata_filter() -> dict[str, Any]:
    return {
        "name": "metadata",
        "in": "query",
        "required": False,
        "style": "form",
        "explode": True,
        "description": "Only objects whose metadata has these values: `metadata.cart=9`.",
        "schema": {
            "type": "object",
            "propertyNames": {"pattern": r"^metadata\.[A-Za-z0-9_.-]{1,40}$"},
            "additionalProperties": {"type": "string", "maxLength": 500},
            "maxProperties": 5,
        },
        "x-key-prefix": "metadata.",
    }


def _successes(operation: OperationSpec, examples: dict[str, Any]) -> dict[str, Schema]:
    names = ["Request-Id", "Api-Version", "JWS-Signature", "RateLimit", "RateLimit-Policy"]
    if operation.method == "POST":
        names.append("Idempotent-Replayed")
    if operation.query is not None:
        names.append("Link")
    answers: dict[str, Schema] = {}
    for status, description in sorted(operation.statuses.items()):
        headers = header_refs(*names, *(("Location",) if status == 201 else ()))
        answer: dict[str, Any] = {"description": description, "headers": headers}
        if operation.result is not None and status != 204:
            media: dict[str, Any] = {"schema": {"$ref": REF + operation.result.__name__}}
            if "response" in examples:
                media["examples"] = examples["response"]
            answer["content"] = {"application/json": media}
        answers[str(status)] = answer
    return answers


def _security_schemes(operations: Sequence[OperationSpec]) -> dict[str, Schema]:
    scopes = sorted({operation.scope for operation in operations if operation.scope is not None})
    meaning = {"read": "Read", "write": "Create and change"}
    named = {scope: f"{meaning[scope.partition(':')[2]]} {scope.partition(':')[0]}." for scope in scopes}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "client_credentials with private_key_jwt (RFC 7523).",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": named}},
        },
        "jws": {
            "type": "apiKey",
            "in": "header",
            "name": "JWS-Signature",
            "description": "A detached JWS over method, target, covered headers and body by the token's client.",
        },
    }
