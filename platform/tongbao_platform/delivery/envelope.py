"""The body of a webhook: what surrounds the object (api.md section 5), as exact bytes.

Some events go out thin whatever a version would show: account data is fetched with a token that is checked then, and an
endpoint's settings are nobody's news.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tongbao_platform.kernel.clock import format_instant
from tongbao_platform.outbox.event import Event

RenderData = Callable[[Event, str, str], bytes]
"""Renders an event's subject for (event, the merchant who sees it, API version): one JSON object."""

THIN_SUBJECTS: Final = frozenset({"account", "webhook_endpoint"})

_encode = msgspec.json.Encoder().encode


def render(event: Event, viewer_merchant_id: str, api_version: str, render_data: RenderData) -> bytes:
    """Return the ``data`` member of ``event`` for one merchant and version."""
    if event.subject_type in THIN_SUBJECTS:
        return thin_data(event)
    return render_data(event, viewer_merchant_id, api_version)


def thin_data(event: Event) -> bytes:
    """Return the subject by its id only."""
    return _encode({"id": event.subject_id, "object": event.subject_type})


def around_seq(event: Event, api_version: str, data: bytes) -> tuple[bytes, bytes]:
    """Return the body's bytes before and after the endpoint's number, a plain integer to be put between them."""
    after = b',"revision":%d,"data":%s}' % (event.revision, data)
    return _head(event, api_version)[:-1] + b',"seq":', after


def without_seq(event: Event, api_version: str, data: bytes) -> bytes:
    """Return the same body for a reader who is no endpoint (``GET /v1/events``)."""
    return b'%s,"revision":%d,"data":%s}' % (_head(event, api_version)[:-1], event.revision, data)


def _head(event: Event, api_version: str) -> bytes:
    members: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "timestamp": format_instant(event.occurred_at),
        "livemode": event.livemode,
        "api_version": api_version,
    }
    return _encode(members)
