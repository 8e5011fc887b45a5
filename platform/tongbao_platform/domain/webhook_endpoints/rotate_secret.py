"""Give a webhook endpoint a new secret; the one before signs along for a day, so that receivers can change over."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import DAY_MS, Instant, later
from tongbao_platform.kernel.errors import Refusal

OVERLAP_MS: Final = DAY_MS


class RotateWebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint, and its new secret, sealed."""

    endpoint_id: str
    secret_sealed: str


def keys(command: RotateWebhookSecret, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: RotateWebhookSecret, now: Instant) -> Changes | Refusal:
    """Put the new secret in place; the one before it signs along for a day."""
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    changed = replace(
        endpoint,
        revision=endpoint.revision + 1,
        secret_sealed=command.secret_sealed,
        previous_secret_sealed=endpoint.secret_sealed,
        previous_secret_expires_at=later(now, OVERLAP_MS),
    )
    audited = NewAuditEntry(
        action="webhook_endpoint.rotate_secret", object_type="webhook_endpoint", object_id=endpoint.id
    )
    return Changes(result=changed, update=(changed,), audit=(audited,))
