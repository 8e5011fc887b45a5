"""The merchant, and what the hot path needs to know of it."""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import AccountKind

MerchantStatus = Literal["active", "suspended"]
LatePaymentPolicy = Literal["accept", "refund"]


class SettlementAccount(msgspec.Struct, frozen=True):
    """The ledger account that receives a merchant's money in one currency."""

    currency: str
    account_id: str


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant.

    ``fee_rate_ppm`` is what it pays on each payment, in parts per million. ``return_origins`` are the origins
    (``https://shop.example``) its checkouts may come back to. ``late_payment`` says what becomes of money that a
    channel reports after the payment had expired.
    """

    id: str
    name: str
    livemode: bool
    status: MerchantStatus
    fee_rate_ppm: int
    return_origins: tuple[str, ...]
    settlement_accounts: tuple[SettlementAccount, ...]
    created_at: Instant
    late_payment: LatePaymentPolicy = "refund"
    revision: int = 1

    def account_id(self, currency: str) -> str | None:
        """Return the settlement account in ``currency``; ``None`` when the merchant takes no such money."""
        for settlement in self.settlement_accounts:
            if settlement.currency == currency:
                return settlement.account_id
        return None


class AccountFacts(msgspec.Struct, frozen=True):
    """What never changes about a ledger account."""

    account_id: str
    owner_id: str | None
    kind: AccountKind
    currency: str
