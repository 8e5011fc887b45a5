"""Receives webhooks: verifies the raw body's signature (Standard Webhooks 1.0) and gives back a typed event.

event = webhooks.unwrap(request.body, request.headers, secrets=["whsec_…"])
if event.type == "payment.succeeded" and event.match(order_no=order.number, amount=order.amount):
    deliver(order)
"""

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tongbao._errors import SignatureError
from tongbao._event import EventBase, UnknownEvent
from tongbao._jws import parse_object
from tongbao._open import convert
from tongbao._webhook_signature import TOLERANCE_SECONDS, Window, read_headers, verify
from tongbao.generated.events import EVENTS

if TYPE_CHECKING:
    from tongbao.generated.events import WebhookEvent

__all__ = ["EventBase", "SignatureError", "UnknownEvent", "unwrap"]

Headers = Mapping[str, str] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]


def unwrap(
    body: bytes,
    headers: Headers,
    secrets: str | Iterable[str],
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> "WebhookEvent":
    """Return the event in a webhook that was really sent by the platform.

    ``body`` is the raw request body: octets, exactly as received. ``secrets`` are one or several of ``whsec_…``
    (shared) and ``whpk_…`` (public key); several while they are being rotated. ``now`` (seconds since the epoch) is
    for tests. The same event may arrive more than once: apply it once per ``id``, and only if its ``revision`` is
    greater than that of what you have.

    ``SignatureError`` for everything that did not come from the platform as it is; answer 400 to it. ``TypeError``
    when ``body`` is not octets. An event of an unknown type is an ``UnknownEvent``.
    """
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise TypeError(
            f"unwrap() needs the raw body as bytes, not {type(body).__name__}: the signature covers the exact octets. "
            "Flask: request.get_data(); Django: request.body; Starlette, FastAPI, Litestar: await request.body()"
        )
    octets = bytes(body)
    moment = time.time() if now is None else now
    verify(octets, read_headers(headers), secrets, Window(now=moment, tolerance_seconds=tolerance_seconds))
    return read_event(octets)


def read_event(body: bytes) -> "WebhookEvent":
    """Give a verified body its type."""
    try:
        document: dict[str, Any] = parse_object(body)
        known = EVENTS.get(str(document.get("type")))
        if known is not None:
            try:
                return cast("WebhookEvent", convert(document, known))
            except msgspec.ValidationError:
                pass  # a newer form of a known type: handed over as plain JSON below
        return convert(document, UnknownEvent)
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"the body is signed, but it is not an event: {error}") from error
