"""The webhook endpoint."""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

EndpointStatus = Literal["enabled", "disabled"]
DisabledReason = Literal["merchant", "operator", "gone", "receiver", "failing"]
EVERY_EVENT: Final = "*"


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events go; fields are in the order of the table's columns.

    ``event_types`` is ``("*",)`` or a list. ``last_seq`` is the number of its latest event. The secret before the
    present one signs along until ``previous_secret_expires_at``.
    """

    id: str
    livemode: bool
    revision: int
    status: EndpointStatus
    merchant_id: str
    client_id: str
    url: str
    event_types: tuple[str, ...]
    description: str | None
    api_version: str
    metadata: dict[str, str]
    secret_sealed: str
    created_at: Instant
    last_seq: int = 0
    disabled_reason: DisabledReason | None = None
    disabled_at: Instant | None = None
    previous_secret_sealed: str | None = None
    previous_secret_expires_at: Instant | None = None
