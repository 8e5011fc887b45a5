"""List a merchant's refunds, newest first."""

from tongbao_platform.domain.refunds.filters import RefundFilter, RefundPosition
from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.domain.refunds.store import RefundStore
from tongbao_platform.execution.reading import Reader


def position_of(refund: Refund) -> RefundPosition:
    """Return the position just behind ``refund``."""
    return RefundPosition(refund.created_at, refund.id)


async def list_refunds(
    reader: Reader, merchant_id: str, wanted: RefundFilter, after: RefundPosition | None, limit: int
) -> list[Refund]:
    """Return at most ``limit`` refunds behind ``after``; ask for one more than a page to learn whether more follow."""
    return await RefundStore(reader, merchant_id).page(wanted, after, limit)
