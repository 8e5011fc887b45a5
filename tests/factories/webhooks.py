"""Webhook endpoints and deliveries for tests."""

from typing import Any

from msgspec.structs import replace

from tests.factories.rows import START
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_endpoints.create import CreateWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint


def create_endpoint(number: int = 1, **changes: Any) -> CreateWebhookEndpoint:
    """Return the command that creates an endpoint of the shop."""
    command = CreateWebhookEndpoint(
        endpoint_id=f"whe_{number}",
        merchant_id="mch_shop",
        client_id="app_shop",
        livemode=False,
        url="https://shop.example/hooks",
        event_types=("*",),
        api_version="2026-11-22",
        secret_sealed="sealed-1",
    )
    return replace(command, **changes)


def endpoint(number: int = 1, **changes: Any) -> WebhookEndpoint:
    """Return an enabled endpoint of the shop that wants everything."""
    made = WebhookEndpoint(
        id=f"whe_{number}",
        livemode=False,
        revision=1,
        status="enabled",
        merchant_id="mch_shop",
        client_id="app_shop",
        url="https://shop.example/hooks",
        event_types=("*",),
        description=None,
        api_version="2026-11-22",
        metadata={},
        secret_sealed="sealed-1",
        created_at=START,
    )
    return replace(made, **changes)


def delivery(number: int = 1, **changes: Any) -> WebhookDelivery:
    """Return a delivery to the first endpoint, taken under the first lease."""
    made = WebhookDelivery(
        id=f"dlv_{number}",
        livemode=False,
        revision=1,
        status="pending",
        merchant_id="mch_shop",
        endpoint_id="whe_1",
        event_id=f"evt_{number}",
        event_type="payment.succeeded",
        seq=number,
        body=b"{}",
        due_at=START,
        created_at=START,
        lease_token=1,
    )
    return replace(made, **changes)
