"""The bank's own ledger accounts: fee income and settlement, one of each per currency.

They are opened once, by ``migrate``; a server that finds none refuses to start.
"""

import msgspec
from sqlalchemy import select

from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.ledger.model import AccountKind
from tongbao_platform.ledger.store import ACCOUNTS
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT_TABLE

CURRENCIES = ("CNY",)
_KINDS: tuple[AccountKind, ...] = ("fee_income", "bank_settlement")


class BankAccounts(msgspec.Struct, frozen=True):
    """Account ids by currency."""

    fee_income: dict[str, str]
    settlement: dict[str, str]


async def find_bank_accounts(reader: Reader) -> BankAccounts:
    """Return what there is; the oldest account of a kind and currency counts."""
    statement = select(ACCOUNT_TABLE).where(ACCOUNT_TABLE.c.kind.in_(_KINDS)).order_by(ACCOUNT_TABLE.c.id.desc())
    accounts = await reader.models(ACCOUNTS, statement)
    by_kind: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    for account in accounts:
        by_kind[account.kind][account.currency] = account.id
    return BankAccounts(by_kind["fee_income"], by_kind["bank_settlement"])


async def ensure_bank_accounts(committer: Committer, reader: Reader, ids: IdSource) -> BankAccounts:
    """Open what is missing and return all."""
    there = await find_bank_accounts(reader)
    found: dict[AccountKind, dict[str, str]] = {"fee_income": there.fee_income, "bank_settlement": there.settlement}
    for kind in _KINDS:
        for currency in CURRENCIES:
            if currency not in found[kind]:
                command = open_account.OpenAccount(
                    account_id=ids.new("acc"), owner_id=None, kind=kind, currency=currency
                )
                await committer.run(open_account, command, Context(actor="system:bank_accounts"))
    return await find_bank_accounts(reader)
