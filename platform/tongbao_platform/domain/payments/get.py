"""Read one payment. ``tenant`` is the merchant who asks; ``None`` is the platform itself."""

from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.store import PaymentStore
from tongbao_platform.execution.reading import Reader


async def get(reader: Reader, tenant: str | None, payment_id: str) -> Payment | None:
    """Return the payment, for its payee and its payer alike; ``None`` for strangers and unknown ids."""
    return await PaymentStore(reader, tenant).get(payment_id)


async def get_by_merchant_order_no(reader: Reader, merchant_id: str, merchant_order_no: str) -> Payment | None:
    """Return the payment that ``merchant_id`` created under its number."""
    return await PaymentStore(reader, merchant_id).by_order_no(merchant_order_no)
