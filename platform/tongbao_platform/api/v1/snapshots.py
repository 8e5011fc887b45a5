"""Renders an event's snapshot as one merchant may see it: for the list of events, and for the relay's webhooks."""

from collections.abc import Callable
from typing import Final

import msgspec

from tongbao_platform.api.v1.payments_wire import render_payment
from tongbao_platform.api.v1.refunds import render_refund
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.http.api_version import VERSIONS
from tongbao_platform.outbox.event import Event

_encode = msgspec.json.Encoder().encode
_PAYMENT: Final = msgspec.json.Decoder(Payment)
_REFUND: Final = msgspec.json.Decoder(Refund)


class ThinObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object by its id only: fetch it to learn more."""

    id: str
    object: str


def render_snapshot(event: Event, viewer_merchant_id: str, api_version: str) -> bytes:
    """Return the event's ``data`` as JSON in ``api_version``; ``LookupError`` for a version that does not exist.

    Accounts and webhook endpoints go out thin. No secret is in a snapshot, so none can get out.
    """
    if api_version not in VERSIONS:
        raise LookupError(f"there is no API version {api_version}")
    render = _RENDERERS.get(event.subject_type)
    if render is None:
        return _encode(ThinObject(id=event.subject_id, object=event.subject_type))
    return render(event.snapshot, viewer_merchant_id)


def _payment(snapshot: bytes, viewer: str) -> bytes:
    return _encode(render_payment(_PAYMENT.decode(snapshot), viewer))


def _refund(snapshot: bytes, viewer: str) -> bytes:
    del viewer
    return _encode(render_refund(_REFUND.decode(snapshot)))


_RENDERERS: Final[dict[str, Callable[[bytes, str], bytes]]] = {"payment": _payment, "refund": _refund}
