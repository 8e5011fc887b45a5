"""The operator's commands on the book: trial balance, clearing accounts, the life of accounts, sweeps, conversions."""

import argparse
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from tongbao_platform.domain.accounts import close, convert, freeze, settle_clearing, split, sweep, unfreeze
from tongbao_platform.domain.accounts.bank import find_bank_accounts
from tongbao_platform.domain.accounts.clearing import clearing_states, find_clearing_account
from tongbao_platform.domain.accounts.get import get_ledger_account
from tongbao_platform.domain.accounts.model import AccountView, ClearingState
from tongbao_platform.domain.accounts.rates import read_rate
from tongbao_platform.domain.accounts.trial_balance import TrialBalance, trial_balance
from tongbao_platform.kernel.clock import Instant, format_instant
from tongbao_platform.ledger.model import Account
from tongbao_platform.processes.admin import Refused, run_operation
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.table import render_table

Command = Callable[[Foundation, Namespace], Awaitable[str]]
Bound = Callable[[Command], Any]


async def show_trial_balance(foundation: Foundation) -> tuple[int, str]:
    """Return the exit status (1 when debits and credits differ) and the table."""
    balance = await trial_balance(foundation.reader)
    return (0 if balance.is_balanced else 1), _trial_balance_text(balance)


def _trial_balance_text(balance: TrialBalance) -> str:
    rows: list[tuple[object, ...]] = [
        (
            line.currency,
            line.kind,
            line.accounts,
            line.debits_minor,
            line.credits_minor,
            line.held_debits_minor,
            line.balance_minor,
        )
        for line in balance.lines
    ]
    rows += [(currency, "sum", "", "", "", "", total) for currency, total in balance.sums().items()]
    table = render_table(("currency", "kind", "accounts", "debits", "credits", "held", "balance"), rows)
    return f"{table}\n\n" + ("Debits equal credits." if balance.is_balanced else "The books do NOT balance.")


async def show_clearing(foundation: Foundation) -> tuple[int, str]:
    """Return the exit status (1 when a balance has waited too long) and the table."""
    now = foundation.clock.now()
    states = await clearing_states(foundation.reader)
    rows = [_clearing_row(state, now) for state in states]
    table = render_table(("flow", "currency", "account", "balance", "not zero since", "seconds", "allowed", ""), rows)
    return (1 if any(state.is_late(now) for state in states) else 0), table


def _clearing_row(state: ClearingState, now: Instant) -> tuple[object, ...]:
    since = "" if state.since is None else format_instant(state.since)
    late = "TOO LONG" if state.is_late(now) else ""
    age = state.age_seconds(now)
    return (
        state.flow,
        state.currency,
        state.account_id,
        state.balance_minor,
        since,
        age if state.since is not None else "",
        state.sla_seconds,
        late,
    )


async def accounts_freeze(foundation: Foundation, options: Namespace) -> str:
    """Freeze an account."""
    return _status(
        await run_operation(foundation, freeze, freeze.FreezeAccount(account_id=options.account, reason=options.reason))
    )


async def accounts_unfreeze(foundation: Foundation, options: Namespace) -> str:
    """Unfreeze an account."""
    command = unfreeze.UnfreezeAccount(account_id=options.account, reason=options.reason)
    return _status(await run_operation(foundation, unfreeze, command))


async def accounts_close(foundation: Foundation, options: Namespace) -> str:
    """Close an account."""
    return _status(await run_operation(foundation, close, close.CloseAccount(account_id=options.account)))


def _status(account: AccountView) -> str:
    return f"{account.id} is {account.status}."


async def accounts_sweep(foundation: Foundation, options: Namespace) -> str:
    """Sweep what an account holds above a target."""
    account = await _account(foundation, options.account)
    command = _checked(
        sweep.SweepAccount,
        reference_id=options.reference,
        account_id=account.id,
        clearing_account_id=await _clearing_account_id(foundation, account.currency),
        at_most_minor=options.at_most,
        target_minor=options.target,
    )
    swept = await run_operation(foundation, sweep, command)
    return f"swept {swept.amount_minor} {account.currency} (minor units) of {account.id}"


async def clearing_settle(foundation: Foundation, options: Namespace) -> str:
    """Note that the bank paid swept money out, or give it back to an account."""
    bank = await find_bank_accounts(foundation.reader)
    currency = options.currency
    command = _checked(
        settle_clearing.SettleClearing,
        reference_id=options.reference,
        clearing_account_id=await _clearing_account_id(foundation, currency),
        to_account_id=options.return_to or _of(bank.settlement, currency, "settlement account"),
        amount_minor=options.amount,
    )
    await run_operation(foundation, settle_clearing, command)
    return f"settled {options.amount} {currency} (minor units)"


async def accounts_convert(foundation: Foundation, options: Namespace) -> str:
    """Convert money between two accounts of one owner."""
    source = await _account(foundation, options.from_account)
    target = await _account(foundation, options.to_account)
    bank = await find_bank_accounts(foundation.reader)
    command = _checked(
        convert.ConvertMoney,
        reference_id=options.reference,
        from_account_id=source.id,
        to_account_id=target.id,
        from_position_id=_of(bank.fx_position, source.currency, "position"),
        to_position_id=_of(bank.fx_position, target.currency, "position"),
        fee_account_id=_of(bank.fee_income, source.currency, "fee-income account"),
        sell_minor=options.amount,
        rate=_checked(read_rate, options.rate),
        margin_ppm=options.margin_ppm,
    )
    done = await run_operation(foundation, convert, command)
    return (
        f"sold {done.sold_minor} {source.currency} (of it margin {done.margin_minor})"
        f" for {done.bought_minor} {target.currency}, in minor units"
    )


async def fees_split(foundation: Foundation, options: Namespace) -> str:
    """Split fee income between accounts."""
    bank = await find_bank_accounts(foundation.reader)
    shares = [_checked(_share, text) for text in options.share]
    command = _checked(
        split.SplitFee,
        reference_id=options.reference,
        from_account_id=_of(bank.fee_income, options.currency, "fee-income account"),
        amount_minor=options.amount,
        shares=tuple(shares),
    )
    parts = await run_operation(foundation, split, command)
    return render_table(("account", "amount"), [(part.account_id, part.amount_minor) for part in parts])


def _share(text: str) -> split.Share:
    account_id, _, ppm = text.partition("=")
    if not ppm.isdecimal():
        raise ValueError(f"{text!r} is not a share: write ACCOUNT=PPM")
    return split.Share(account_id, int(ppm))


def _checked(make: Callable[..., Any], *values: Any, **members: Any) -> Any:  # noqa: ANN401 - any command
    """Make a command of what the operator wrote; what is wrong with it is told, not thrown."""
    try:
        return make(*values, **members)
    except ValueError as error:
        raise Refused(f"validation_failed: {error}") from error


async def _account(foundation: Foundation, account_id: str) -> Account:
    account = await get_ledger_account(foundation.reader, account_id)
    if account is None:
        raise Refused(f"not_found: there is no account {account_id}")
    return account


async def _clearing_account_id(foundation: Foundation, currency: str) -> str:
    clearing = await find_clearing_account(foundation.reader, sweep.FLOW, currency)
    if clearing is None:
        raise Refused(f"not_found: the bank has no clearing account of sweeps in {currency}")
    return clearing.id


def _of(accounts: dict[str, str], currency: str, noun: str) -> str:
    account_id = accounts.get(currency)
    if account_id is None:
        raise Refused(f"not_found: the bank has no {noun} in {currency}")
    return account_id


def add_book_commands(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]", bound: Bound) -> None:
    """Add ``accounts``, ``clearing`` and ``fees`` to the nouns of ``admin``; ``bound`` opens the foundation."""
    accounts = nouns.add_parser("accounts", help="freeze, close, sweep and convert").add_subparsers(required=True)
    for name, run in (("freeze", accounts_freeze), ("unfreeze", accounts_unfreeze)):
        changing = _verb(accounts, name, bound(run), f"{name} an account")
        changing.add_argument("account", help="acc_…")
        changing.add_argument("--reason", required=True, help="for the audit trail; no personal data")
    _verb(accounts, "close", bound(accounts_close), "close an empty account for good").add_argument(
        "account", help="acc_…"
    )
    sweeping = _verb(accounts, "sweep", bound(accounts_sweep), "move what is above a target to the clearing account")
    sweeping.add_argument("account", help="acc_… of a merchant")
    sweeping.add_argument("--at-most", type=int, required=True, help="minor units")
    sweeping.add_argument("--target", type=int, default=0, help="what stays available, in minor units (default 0)")
    sweeping.add_argument("--reference", required=True, help="names the sweep; works once")
    converting = _verb(accounts, "convert", bound(accounts_convert), "convert between two accounts of one owner")
    converting.add_argument("from_account", help="acc_… that pays")
    converting.add_argument("to_account", help="acc_… in the other currency")
    converting.add_argument("--amount", type=int, required=True, help="minor units to sell, margin included")
    converting.add_argument("--rate", required=True, help="units bought for one unit sold, such as 0.1384")
    converting.add_argument("--margin-ppm", type=int, default=0, help="the bank's margin in parts per million")
    converting.add_argument("--reference", required=True, help="names the conversion; works once")
    clearing = nouns.add_parser("clearing", help="settle clearing accounts").add_subparsers(required=True)
    settling = _verb(clearing, "settle", bound(clearing_settle), "the bank paid swept money out, or it goes back")
    settling.add_argument("--amount", type=int, required=True, help="minor units")
    settling.add_argument("--currency", default="CNY")
    settling.add_argument("--return-to", default=None, help="acc_… of the merchant whose money could not be paid out")
    settling.add_argument("--reference", required=True, help="names the settlement; works once")
    fees = nouns.add_parser("fees", help="split fee income").add_subparsers(required=True)
    splitting = _verb(fees, "split", bound(fees_split), "divide fee income among accounts")
    splitting.add_argument("--amount", type=int, required=True, help="minor units")
    splitting.add_argument("--currency", default="CNY")
    splitting.add_argument("--share", action="append", required=True, help="ACCOUNT=PPM (repeatable; 1000000 in all)")
    splitting.add_argument("--reference", required=True, help="names the split; works once")


def _verb(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, summary: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    return command
