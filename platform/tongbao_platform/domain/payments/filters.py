"""What a list of payments is asked for."""

import msgspec

from tongbao_platform.domain.payments.model import PaymentStatus
from tongbao_platform.kernel.clock import Instant


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments; every given condition must hold.

    ``created_from`` is inclusive, ``created_to`` exclusive. ``merchant_order_no`` and ``metadata`` (key and value
    pairs) are the creator's and match its payments only.
    """

    status: PaymentStatus | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    merchant_order_no: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


class PaymentPosition(msgspec.Struct, frozen=True):
    """Where a page ended: the next one begins with what is older."""

    created_at: Instant
    id: str
