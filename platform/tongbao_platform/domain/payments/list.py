"""List a merchant's payments, received and made, newest first."""

from tongbao_platform.domain.payments.filters import PaymentFilter, PaymentPosition
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.store import PaymentStore
from tongbao_platform.execution.reading import Reader


def position_of(payment: Payment) -> PaymentPosition:
    """Return the position just behind ``payment``."""
    return PaymentPosition(payment.created_at, payment.id)


async def list_payments(
    reader: Reader, merchant_id: str, wanted: PaymentFilter, after: PaymentPosition | None, limit: int
) -> list[Payment]:
    """Return at most ``limit`` payments behind ``after``; ask for one more than a page to learn whether more follow."""
    return await PaymentStore(reader, merchant_id).page(wanted, after, limit)
