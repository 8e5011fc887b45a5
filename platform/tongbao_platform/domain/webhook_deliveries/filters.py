"""What a list of deliveries is asked for."""

import msgspec

from tongbao_platform.domain.webhook_deliveries.model import DeliveryStatus


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries; every given condition must hold."""

    endpoint_id: str | None = None
    event_id: str | None = None
    status: DeliveryStatus | None = None
