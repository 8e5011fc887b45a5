"""What a list of refunds is asked for."""

import msgspec

from tongbao_platform.domain.refunds.model import RefundState
from tongbao_platform.kernel.clock import Instant


class RefundFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which refunds; every given condition must hold. ``created_from`` is inclusive, ``created_to`` exclusive."""

    status: RefundState | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    payment_id: str | None = None
    merchant_refund_no: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


class RefundPosition(msgspec.Struct, frozen=True):
    """Where a page ended: the next one begins with what is older."""

    created_at: Instant
    id: str
