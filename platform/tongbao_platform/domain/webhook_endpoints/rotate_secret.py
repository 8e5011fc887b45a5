"""Give a webhook endpoint a new secret; for a while the old one signs along, so that no delivery is refused."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.audit import audited
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import DAY_MS, Instant, later
from tongbao_platform.kernel.errors import Refusal

OVERLAP_MS: Final = DAY_MS


class RotateWebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """``secret_sealed`` is a fresh secret sealed for the endpoint; ``overlap_ms`` is how long the old one signs along.

    Zero is for a secret that leaked.
    """

    endpoint_id: str
    secret_sealed: str
    overlap_ms: int = OVERLAP_MS


def keys(command: RotateWebhookSecret, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: RotateWebhookSecret, now: Instant) -> Changes | Refusal:
    """Put the new secret first; the result is the endpoint. A rotation within the overlap ends the oldest secret."""
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    overlaps = command.overlap_ms > 0
    changed = replace(
        endpoint,
        revision=endpoint.revision + 1,
        secret_sealed=command.secret_sealed,
        previous_secret_sealed=endpoint.secret_sealed if overlaps else None,
        previous_secret_expires_at=later(now, command.overlap_ms) if overlaps else None,
    )
    return Changes(result=changed, update=(changed,), audit=audited("rotate_secret", changed))
