"""The checkout of one payment."""

import msgspec

from tongbao_platform.kernel.clock import Instant


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """The page of one payment; its ``id`` is the payment's.

    The page's address carries a token of 256 random bits of which only the SHA-256 is kept here (the payment keeps it
    sealed, for showing the address again). ``customer_id`` is the payer who owns the attempt, once there is one.
    """

    id: str
    merchant_id: str
    token_hash: bytes
    customer_id: str | None
    claimed_at: Instant | None
    created_at: Instant
    expires_at: Instant
