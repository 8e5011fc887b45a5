"""Opens the bank's own ledger accounts once, for ``migrate``; a server that finds none refuses to start."""

from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.bank import KINDS, BankAccounts, find_bank_accounts
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.ids import IdSource

CURRENCIES = ("CNY",)


async def ensure_bank_accounts(committer: Committer, reader: Reader, ids: IdSource) -> BankAccounts:
    """Open what is missing and return all."""
    there = await find_bank_accounts(reader)
    found = {"fee_income": there.fee_income, "bank_settlement": there.settlement}
    for kind in KINDS:
        for currency in CURRENCIES:
            if currency not in found[kind]:
                command = open_account.OpenAccount(
                    account_id=ids.new("acc"), owner_id=None, kind=kind, currency=currency
                )
                await committer.run(open_account, command, Context(actor="system:bank_accounts"))
    return await find_bank_accounts(reader)
