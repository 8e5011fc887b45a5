"""Every operation of version 1, in one list: the router, the pipeline and the OpenAPI document read it."""

from typing import Final

from tongbao_platform.api.v1 import accounts, currencies, me, payments, refunds
from tongbao_platform.http.operation_spec import OperationSpec

OPERATIONS: Final[tuple[OperationSpec, ...]] = (
    *payments.OPERATIONS,
    *refunds.OPERATIONS,
    *accounts.OPERATIONS,
    *currencies.OPERATIONS,
    *me.OPERATIONS,
)
