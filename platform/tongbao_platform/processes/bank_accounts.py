"""Opens the bank's own ledger accounts once, for ``migrate``; a server that finds none refuses to start."""

from typing import Final

from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts import open_clearing, sweep
from tongbao_platform.domain.accounts.bank import BankAccounts, find_bank_accounts
from tongbao_platform.domain.accounts.clearing import find_clearing_account
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.ledger.model import AccountKind

CURRENCIES = ("CNY",)
KINDS_BY_CURRENCY: Final[dict[str, tuple[AccountKind, ...]]] = {
    "CNY": ("fee_income", "bank_settlement", "fx_position"),
    "USD": ("fx_position",),
}
# A sweep is paid out by the next business day; over a long weekend an operator knows why it waits.
CLEARING_SLA_SECONDS: Final = {sweep.FLOW: 24 * 60 * 60}
_CONTEXT: Final = Context(actor="system:bank_accounts")


async def ensure_bank_accounts(committer: Committer, reader: Reader, ids: IdSource) -> BankAccounts:
    """Open what is missing, also in a database of an earlier release, and return all."""
    there = await find_bank_accounts(reader)
    found = {"fee_income": there.fee_income, "bank_settlement": there.settlement, "fx_position": there.fx_position}
    for currency, kinds in KINDS_BY_CURRENCY.items():
        for kind in kinds:
            if currency not in found[kind]:
                command = open_account.OpenAccount(
                    account_id=ids.new("acc"), owner_id=None, kind=kind, currency=currency
                )
                await committer.run(open_account, command, _CONTEXT)
    for flow, sla_seconds in CLEARING_SLA_SECONDS.items():
        for currency in CURRENCIES:
            if await find_clearing_account(reader, flow, currency) is None:
                opening = open_clearing.OpenClearing(
                    account_id=ids.new("acc"), flow=flow, currency=currency, sla_seconds=sla_seconds
                )
                await committer.run(open_clearing, opening, _CONTEXT)
    return await find_bank_accounts(reader)
