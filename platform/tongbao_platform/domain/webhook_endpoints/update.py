"""Change a webhook endpoint: its URL, its choice of events, and whether it receives them."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tongbao_platform.domain.webhook_endpoints import errors
from tongbao_platform.domain.webhook_endpoints.audit import audited
from tongbao_platform.domain.webhook_endpoints.disable import disabled_of
from tongbao_platform.domain.webhook_endpoints.events import endpoint_disabled
from tongbao_platform.domain.webhook_endpoints.model import EndpointStatus, WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.states import advance
from tongbao_platform.domain.webhook_endpoints.subscription import refuse_event_types
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class UpdateWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is unset stays.

    ``url``, ``event_types`` and ``api_version`` are checked as for a new endpoint. ``description`` None clears it;
    ``metadata`` replaces all of it.
    """

    endpoint_id: str
    url: str | UnsetType = UNSET
    event_types: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    api_version: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    status: EndpointStatus | UnsetType = UNSET


def keys(command: UpdateWebhookEndpoint, found: Found) -> Keys:
    """Name the endpoint."""
    del found
    return Keys(rows=((WebhookEndpoint, command.endpoint_id),))


def decide(rows: Rows, command: UpdateWebhookEndpoint, now: Instant) -> Changes | Refusal:
    """Change it; the result is the endpoint. A change to what it is already changes nothing."""
    endpoint = rows.get(WebhookEndpoint, command.endpoint_id)
    if endpoint is None:
        return errors.NOT_FOUND
    refusal = None if command.event_types is UNSET else refuse_event_types(command.event_types)
    if refusal is not None:
        return refusal
    changed = replace(endpoint, **_facts(command))
    if command.status == "disabled" and endpoint.status == "enabled":
        changed = disabled_of(changed, "merchant", now)
        return Changes(
            result=changed,
            update=(changed,),
            events=(endpoint_disabled(changed),),
            audit=audited("update", changed, "disabled"),
        )
    if command.status == "enabled" and endpoint.status == "disabled":
        changed = replace(changed, status=advance("disabled", "enabled"), disabled_reason=None, disabled_at=None)
    if changed == endpoint:
        return Changes(result=endpoint)
    changed = replace(changed, revision=endpoint.revision + 1)
    return Changes(result=changed, update=(changed,), audit=audited("update", changed))


def _facts(command: UpdateWebhookEndpoint) -> dict[str, Any]:
    names = ("url", "event_types", "description", "api_version", "metadata")
    return {name: value for name in names if (value := getattr(command, name)) is not UNSET}
