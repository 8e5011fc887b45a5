"""Make a checkout the attempt of the first payer who logs in there; claiming one's own again changes nothing."""

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.checkouts import errors
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class ClaimCheckout(msgspec.Struct, frozen=True, kw_only=True):
    """Who logged in where."""

    checkout_id: str
    customer_id: str


def keys(command: ClaimCheckout, found: Found) -> Keys:
    """Name the checkout."""
    del found
    return Keys(rows=((Checkout, command.checkout_id),))


def decide(rows: Rows, command: ClaimCheckout, now: Instant) -> Changes | Refusal:
    """Give the checkout its owner; the result is the ``Checkout``."""
    checkout = rows.get(Checkout, command.checkout_id)
    if checkout is None:
        return errors.NOT_FOUND
    if checkout.customer_id == command.customer_id:
        return Changes(result=checkout)
    if checkout.customer_id is not None:
        return errors.OWNED_BY_ANOTHER
    if checkout.expires_at <= now:
        return errors.OVER
    owned = replace(checkout, customer_id=command.customer_id, claimed_at=now)
    return Changes(result=owned, update=(owned,))
