"""The bank's own ledger accounts: fee income, settlement and currency positions, one of each per currency."""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.ledger.model import AccountKind

KINDS: Final[tuple[AccountKind, ...]] = ("fee_income", "bank_settlement", "fx_position")


class BankAccounts(msgspec.Struct, frozen=True):
    """Account ids by currency."""

    fee_income: dict[str, str]
    settlement: dict[str, str]
    fx_position: dict[str, str]


async def find_bank_accounts(reader: Reader) -> BankAccounts:
    """Return what there is; the oldest account of a kind and currency counts."""
    by_kind: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for account in await AccountStore(reader, None).of_kinds(KINDS):
        by_kind[account.kind].setdefault(account.currency, account.id)
    return BankAccounts(by_kind["fee_income"], by_kind["bank_settlement"], by_kind["fx_position"])
