"""Every event type that an endpoint may subscribe to."""

from typing import Final

from tongbao_platform.domain.accounts import events as accounts
from tongbao_platform.domain.payments import events as payments
from tongbao_platform.domain.refunds import events as refunds
from tongbao_platform.domain.webhook_endpoints import events as webhook_endpoints

EVENT_TYPES: Final = (
    *payments.EVENT_TYPES,
    *refunds.EVENT_TYPES,
    *accounts.EVENT_TYPES,
    *webhook_endpoints.EVENT_TYPES,
)
