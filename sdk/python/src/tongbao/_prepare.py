"""Turns a call into the octets that all its attempts share."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tongbao._config import Config
from tongbao._encode import encode_body, encode_target
from tongbao._errors import WriteFacts
from tongbao._fetch import USER_AGENT
from tongbao._operation import Call
from tongbao._request_signature import SignedRequest, covered_headers
from tongbao._retry import RetryPolicy

_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
_OURS: Final = frozenset(
    "accept accept-encoding api-version authorization connection content-encoding content-length content-type cookie "
    "dpop host idempotency-key jws-signature on-behalf-of te trailer transfer-encoding upgrade".split()
)
_KNOWN_OPTIONS: Final = frozenset(
    "timeout_seconds max_retries api_version on_behalf_of extra_headers extra_query idempotency_key".split()
)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A call ready to be signed and sent, any number of times."""

    request: SignedRequest
    headers: list[tuple[str, str]]
    has_body: bool
    timeout_seconds: float
    retry: RetryPolicy
    write: WriteFacts | None
    repeatable: bool


def prepare(config: Config, call: Call) -> Prepared:
    """Return the call's octets; ``TypeError`` or ``ValueError`` for arguments that cannot be sent."""
    operation, options = call.operation, call.options
    unknown = set(options) - _KNOWN_OPTIONS
    if unknown:
        raise TypeError(f"{operation.operation_id}() got an unexpected keyword argument {min(unknown)!r}")
    key = _idempotency_key(config, call)
    headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)]
    if key is not None:
        headers.append(("Idempotency-Key", key))
    if operation.has_body:
        headers.append(("Content-Type", "application/json"))
    for name, option in (("On-Behalf-Of", "on_behalf_of"), ("Api-Version", "api_version")):
        if options.get(option) is not None:
            headers.append((name, _header_value(option, options[option])))
    headers += _extra_headers(options.get("extra_headers") or {})
    query = {**call.query, **(options.get("extra_query") or {})}
    retries = options.get("max_retries", config.max_retries)
    timeout = options.get("timeout_seconds", config.timeout_seconds)
    waits = query.get("wait_seconds")
    if isinstance(waits, int):
        timeout += waits  # a long poll is silent for as long as it was asked to wait
    if retries < 0 or timeout <= 0:
        raise ValueError("max_retries must be 0 or more, timeout_seconds more than 0")
    return Prepared(
        request=SignedRequest(
            method=operation.method,
            target=encode_target(operation.path, call.path_values, query),
            covered=covered_headers(headers),
            body=encode_body(call.body) if operation.has_body else b"",
        ),
        headers=headers,
        has_body=operation.has_body,
        timeout_seconds=timeout,
        retry=RetryPolicy(max_retries=retries, max_retry_after_seconds=config.max_retry_after_seconds),
        write=_write_facts(call, key) if operation.is_write else None,
        repeatable=not operation.is_write or key is not None,
    )


def _idempotency_key(config: Config, call: Call) -> str | None:
    given = call.options.get("idempotency_key")
    if not call.operation.idempotent:
        if given is not None:
            raise TypeError(f"{call.operation.operation_id} takes no idempotency_key")
        return None
    key = given if given is not None else config.environment.token()
    if not isinstance(key, str) or _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise ValueError("an idempotency_key is 1 to 255 visible ASCII characters without blanks")
    return key


def _header_value(name: str, value: object) -> str:
    if not isinstance(value, str) or _HEADER_VALUE.fullmatch(value) is None:
        raise ValueError(f"{name} must be visible ASCII text")
    return value


def _extra_headers(extra: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, value in extra.items():
        if _HEADER_NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is not a header name")
        if name.lower() in _OURS:
            raise ValueError(f"{name} is set by the SDK; use the call's own option for it")
        found.append((name, _header_value(name, value)))
    return found


def _write_facts(call: Call, key: str | None) -> WriteFacts:
    operation = call.operation
    number = call.body.get(operation.number_field) if operation.number_field else None
    argument = operation.resolve_argument
    value = (call.path_values.get(argument) or call.body.get(argument)) if argument else None
    return WriteFacts(
        operation_id=operation.operation_id,
        idempotency_key=key,
        merchant_number_field=operation.number_field,
        merchant_number=str(number) if isinstance(number, str) else None,
        resolve_with=f"client.{operation.resolve_with}({value!r})" if isinstance(value, str) else None,
    )
