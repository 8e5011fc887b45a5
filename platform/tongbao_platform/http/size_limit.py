"""Step ``size_limit``: headers, encoding and body within their limits; nothing later reads the wire again."""

import asyncio
import re
from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response
from tongbao_platform.kernel.errors import Refusal

MAX_BODY_BYTES: Final = 65_536
MAX_HEADER_BYTES: Final = 16_384
BODY_TIMEOUT_SECONDS: Final = 20

_JSON: Final = b"application/json"
_JSON_WITH_CHARSET = re.compile(rb'application/json[ \t]*;[ \t]*charset=("?)utf-8\1', re.IGNORECASE)

_HEADERS_TOO_LARGE: Final = Refusal(
    code="headers_too_large", detail=f"The headers take more than {MAX_HEADER_BYTES} bytes."
)
_BODY_TOO_LARGE: Final = Refusal(code="body_too_large", detail=f"The body takes more than {MAX_BODY_BYTES} bytes.")
_ENCODED: Final = Refusal(code="unsupported_media_type", detail="A Content-Encoding is not accepted.")
_NOT_JSON: Final = Refusal(code="unsupported_media_type", detail="The Content-Type must be application/json.")
_TOO_SLOW: Final = Refusal(
    code="request_timeout", detail=f"The body did not arrive within {BODY_TIMEOUT_SECONDS} seconds."
)
_BAD_LENGTH: Final = Refusal(code="invalid_header", detail="Content-Length is not a number.")


async def size_limit(exchange: Exchange, proceed: Proceed) -> Response:
    """Check sizes, encoding and, in the API, the content type; then the body is in memory."""
    refusal = _check_headers(exchange)
    if refusal is None and _announces_body(exchange):
        refusal = await _read(exchange)
    if refusal is None:
        refusal = _check_content_type(exchange)
    return await proceed(exchange) if refusal is None else exchange.refuse(refusal)


def _check_headers(exchange: Exchange) -> Refusal | None:
    size = 0
    for name, value in exchange.headers:
        # As HTTP/1.1 writes it: name, colon, blank, value, CR LF.
        size += len(name) + len(value) + 4
        if name == b"content-encoding":
            return _ENCODED
    return _HEADERS_TOO_LARGE if size > MAX_HEADER_BYTES else None


def _announces_body(exchange: Exchange) -> bool:
    for name, value in exchange.headers:
        if name == b"content-length":
            return value != b"0"
        if name == b"transfer-encoding":
            return True
    # HTTP/2 may send a body without announcing it.
    return exchange.method not in ("GET", "HEAD", "OPTIONS")


async def _read(exchange: Exchange) -> Refusal | None:
    length = exchange.header(b"content-length")
    if length is not None:
        if not length.isdigit():
            return _BAD_LENGTH
        if int(length) > MAX_BODY_BYTES:
            return _BODY_TOO_LARGE
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            return await _collect(exchange)
    except TimeoutError:
        return _TOO_SLOW


async def _collect(exchange: Exchange) -> Refusal | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            # Nobody reads the answer; what matters is that nothing is done with half a body.
            return _TOO_SLOW
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            return _BODY_TOO_LARGE
        parts.append(part)
        if not message.get("more_body", False):
            exchange.body = parts[0] if len(parts) == 1 else b"".join(parts)
            return None


def _check_content_type(exchange: Exchange) -> Refusal | None:
    operation = exchange.operation
    if operation is None or (operation.body is None and not exchange.body):
        return None
    values = exchange.header_values(b"content-type")
    if len(values) != 1:
        return _NOT_JSON
    value = values[0]
    if value == _JSON or value.lower() == _JSON or _JSON_WITH_CHARSET.fullmatch(value):
        return None
    return _NOT_JSON
