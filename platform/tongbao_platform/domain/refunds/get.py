"""Read one refund. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.domain.refunds.store import RefundStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, tenant: str | None, refund_id: str) -> Refund | None:
    """Return the refund; ``None`` for strangers and unknown ids."""
    return await RefundStore(reader, tenant).get(refund_id)


async def get_by_merchant_refund_no(reader: Reader, merchant_id: str, merchant_refund_no: str) -> Refund | None:
    """Return the refund that ``merchant_id`` made under its number."""
    return await RefundStore(reader, merchant_id).by_refund_no(merchant_refund_no)
