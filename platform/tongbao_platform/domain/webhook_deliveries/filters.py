"""What a list of deliveries is asked for."""

import msgspec

from tongbao_platform.domain.webhook_deliveries.model import DeliveryStatus
from tongbao_platform.kernel.clock import Instant


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries; every given condition must hold. ``created_from`` is inclusive, ``created_to`` exclusive."""

    endpoint_id: str | None = None
    event_id: str | None = None
    status: DeliveryStatus | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
