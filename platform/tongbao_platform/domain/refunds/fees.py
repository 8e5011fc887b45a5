"""The part of a payment's fee that goes back with a refund."""

from tongbao_platform.kernel.money import fee_minor


def fee_returned_minor(refundable_minor: int, refund_minor: int, rate_ppm: int) -> int:
    """Return fee(remaining before) - fee(remaining after) at the payment's own rate.

    ``refundable_minor`` is what remains before the refund. The differences telescope: refunds of the whole, in any
    number of parts, return exactly the fee that was taken.
    """
    return fee_minor(refundable_minor, rate_ppm) - fee_minor(refundable_minor - refund_minor, rate_ppm)
