"""Every operation of version 1, in one list: the router, the pipeline and the OpenAPI document read it."""

from typing import Final

from tongbao_platform.api.v1 import (
    accounts,
    currencies,
    events,
    me,
    payments,
    payments_capture,
    payments_clearing,
    refunds,
    webhook_deliveries,
    webhook_endpoints,
)
from tongbao_platform.http.operation_spec import OperationSpec

OPERATIONS: Final[tuple[OperationSpec, ...]] = (
    *payments.OPERATIONS,
    *payments_capture.OPERATIONS,
    *payments_clearing.OPERATIONS,
    *refunds.OPERATIONS,
    *accounts.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
    *webhook_deliveries.OPERATIONS,
    *events.OPERATIONS,
    *currencies.OPERATIONS,
    *me.OPERATIONS,
)
