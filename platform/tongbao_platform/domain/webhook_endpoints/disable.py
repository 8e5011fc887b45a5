"""Disable a webhook endpoint: an operator's step, and what a receiver that answers 410 brings about."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.audit import audited
from tongbao_platform.domain.webhook_endpoints.events import endpoint_disabled
from tongbao_platform.domain.webhook_endpoints.model import DisabledReason, WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.states import advance
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class DisableWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Name the endpoint and why."""

    endpoint_id: str
    reason: DisabledReason = "operator"


def keys(command: DisableWebhookEndpoint, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: DisableWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Disable it and tell the merchant's other endpoints; the result is the endpoint. A second time changes nothing."""
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    if endpoint.status == "disabled":
        return Changes(result=endpoint)
    disabled = disabled_of(endpoint, command.reason, now)
    return Changes(
        result=disabled,
        update=(disabled,),
        events=(endpoint_disabled(disabled),),
        audit=audited("disable", disabled, command.reason),
    )


def disabled_of(endpoint: WebhookEndpoint, reason: DisabledReason, now: Instant) -> WebhookEndpoint:
    """Return the enabled ``endpoint`` disabled."""
    return replace(
        endpoint,
        status=advance(endpoint.status, "disabled"),
        revision=endpoint.revision + 1,
        disabled_reason=reason,
        disabled_at=now,
    )
