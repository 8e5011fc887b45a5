"""Create a merchant with one settlement account for each of its currencies (an operator's doing)."""

import msgspec

from tongbao_platform.domain.accounts.opening import new_account
from tongbao_platform.domain.merchants import errors
from tongbao_platform.domain.merchants.model import LatePaymentPolicy, Merchant, SettlementAccount
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CreateMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant to create; ids are drawn before. ``fee_rate_ppm`` is at most a million."""

    merchant_id: str
    name: str
    livemode: bool
    fee_rate_ppm: int
    return_origins: tuple[str, ...]
    settlement_accounts: tuple[SettlementAccount, ...]
    late_payment: LatePaymentPolicy = "refund"


def keys(command: CreateMerchant, found: Found) -> Keys:
    """Name the merchant, in case it is there already."""
    del found
    return Keys(rows=((Merchant, command.merchant_id),))


def decide(rows: Rows, command: CreateMerchant, now: Instant) -> Changes | Refusal:
    """Store the merchant and open its accounts; the result is the ``Merchant``."""
    if rows.get(Merchant, command.merchant_id) is not None:
        return errors.EXISTS
    merchant = Merchant(
        id=command.merchant_id,
        name=command.name,
        livemode=command.livemode,
        status="active",
        fee_rate_ppm=command.fee_rate_ppm,
        return_origins=command.return_origins,
        settlement_accounts=command.settlement_accounts,
        created_at=now,
        late_payment=command.late_payment,
    )
    accounts = tuple(
        new_account(settlement.account_id, merchant.id, "merchant", settlement.currency, now)
        for settlement in command.settlement_accounts
    )
    return Changes(
        result=merchant,
        insert=(merchant, *accounts),
        audit=(NewAuditEntry(action="merchant.create", object_type="merchant", object_id=merchant.id),),
    )
