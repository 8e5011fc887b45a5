"""The webhook endpoint as a value."""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

EndpointStatus = Literal["enabled", "disabled"]
DisabledReason = Literal["merchant", "operator", "gone", "receiver"]

EVERY_EVENT: Final = "*"

# What the vault calls an endpoint's secret; its row is the endpoint.
SECRET_PURPOSE: Final = "webhook_secret"


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a merchant receives events.

    ``event_types`` is ``("*",)`` or a list of types. ``last_seq`` is the number of the last event that was addressed to
    it: 1, 2, 3 without a gap. Secrets are sealed by the vault (``SECRET_PURPOSE``, the endpoint's id); after a rotation
    the previous one signs along until ``previous_secret_expires_at``. ``revision`` counts changes of what a merchant
    sees, not deliveries. ``disabled_reason``: the merchant or an operator did it, or the receiver answered 410 (gone)
    or asked for it with an answer header (receiver).
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

    def sealed_secrets(self, now: Instant) -> tuple[str, ...]:
        """Return the secrets in force at ``now``, newest first."""
        expires_at = self.previous_secret_expires_at
        if self.previous_secret_sealed is None or expires_at is None or expires_at <= now:
            return (self.secret_sealed,)
        return (self.secret_sealed, self.previous_secret_sealed)
