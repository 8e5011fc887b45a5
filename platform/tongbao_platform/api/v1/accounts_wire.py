"""Accounts, balances, transactions and daily balances on the wire, and how they are shown."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import ListQuery
from tongbao_platform.api.v1.values import (
    AccountId,
    BusinessDate,
    CurrencyCode,
    Livemode,
    Money,
    Revision,
    Timestamp,
    TimestampInput,
)
from tongbao_platform.domain.accounts.model import AccountDay, AccountView
from tongbao_platform.domain.accounts.model import Balance as BalanceModel
from tongbao_platform.domain.accounts.model import Transaction as TransactionModel
from tongbao_platform.kernel.clock import business_date, format_instant

Kind = Annotated[
    Literal["customer", "merchant", "fee_income", "bank_settlement", "clearing", "fx_position"],
    Meta(title="AccountKind", description="Whose money the account holds."),
]
Status = Annotated[Literal["open", "frozen", "closed"], Meta(title="AccountStatus")]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the caller, in one currency."""

    id: AccountId
    object: Literal["account"]
    livemode: Livemode
    revision: Revision
    kind: Kind
    currency: CurrencyCode
    status: Status
    metadata: dict[str, str]
    created_at: Timestamp


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of accounts, newest first."""

    data: list[Account]
    has_more: bool
    next_cursor: str | None


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds, or held at `as_of`: `available` = `posted` - `held`."""

    account_id: AccountId
    object: Literal["balance"]
    posted: Money
    available: Money
    held: Money
    as_of: Timestamp


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The object that caused a transaction."""

    type: str
    id: str


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """An entry on an account; `seq` has no gaps, positive amounts came in."""

    id: str
    object: Literal["transaction"]
    livemode: Livemode
    account_id: AccountId
    seq: int
    amount: Money
    balance_after: Money
    type: Annotated[str, Meta(description="payment, fee, refund, fee_refund, deposit, …: the list grows.")]
    reference: Reference
    description: str
    occurred_at: Timestamp
    business_date: BusinessDate


class TransactionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of transactions, newest first."""

    data: list[Transaction]
    has_more: bool
    next_cursor: str | None


class DailyBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What one closed settlement day did to an account: `closing` = `opening` - `debits` + `credits`."""

    object: Literal["daily_balance"]
    livemode: Livemode
    account_id: AccountId
    business_date: BusinessDate
    opening: Money
    debits: Annotated[Money, Meta(description="The sum of what went out.")]
    credits: Annotated[Money, Meta(description="The sum of what came in.")]
    closing: Money
    entries: Annotated[int, Meta(ge=1, description="How many transactions the day has.")]
    first_seq: Annotated[int, Meta(ge=1, description="The `seq` of the day's first transaction.")]
    last_seq: Annotated[int, Meta(ge=1, description="The `seq` of the day's last transaction.")]


class DailyBalancePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of daily balances, newest first."""

    data: list[DailyBalance]
    has_more: bool
    next_cursor: str | None


class BalanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which moment's balance."""

    at: (
        Annotated[
            TimestampInput,
            Meta(
                description=(
                    "Count what had occurred at this time (inclusive), at the latest now; 0 before the account was"
                    " opened. The balance of the last minute may still gain transactions."
                )
            ),
        ]
        | None
    ) = None


class DailyBalanceQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of an account's daily balances."""

    business_date_from: Annotated[date, Meta(description="This settlement day or later.")] | None = None
    business_date_to: Annotated[date, Meta(description="This settlement day or earlier.")] | None = None


class AccountQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of the list of accounts."""

    currency: CurrencyCode | None = None


class TransactionQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of an account's transactions."""

    type: Annotated[str, Meta(max_length=40, description="Only transactions of this type.")] | None = None
    occurred_from: Annotated[TimestampInput, Meta(description="Occurred at or after this time.")] | None = None
    occurred_to: Annotated[TimestampInput, Meta(description="Occurred before this time.")] | None = None


def render_account(account: AccountView, *, livemode: bool) -> Account:
    """Show ``account`` to its owner."""
    return Account(
        id=account.id,
        object="account",
        livemode=livemode,
        revision=account.revision,
        kind=account.kind,
        currency=account.currency,
        status=account.status,
        metadata={},
        created_at=format_instant(account.created_at),
    )


def render_balance(balance: BalanceModel) -> Balance:
    """Show what an account holds."""
    currency = balance.currency
    return Balance(
        account_id=balance.account_id,
        object="balance",
        posted=Money(balance.posted_minor, currency),
        available=Money(balance.available_minor, currency),
        held=Money(balance.held_minor, currency),
        as_of=format_instant(balance.as_of),
    )


def render_transaction(transaction: TransactionModel, *, livemode: bool) -> Transaction:
    """Show an entry to the account's owner."""
    currency = transaction.currency
    return Transaction(
        id=transaction.id,
        object="transaction",
        livemode=livemode,
        account_id=transaction.account_id,
        seq=transaction.seq,
        amount=Money(transaction.amount_minor, currency),
        balance_after=Money(transaction.balance_after_minor, currency),
        type=transaction.type,
        reference=Reference(type=transaction.reference_type, id=transaction.reference_id),
        description=transaction.description,
        occurred_at=format_instant(transaction.occurred_at),
        business_date=business_date(transaction.occurred_at),
    )


def render_daily_balance(day: AccountDay, currency: str, *, livemode: bool) -> DailyBalance:
    """Show a closed date to the account's owner."""
    return DailyBalance(
        object="daily_balance",
        livemode=livemode,
        account_id=day.account_id,
        business_date=day.business_date,
        opening=Money(day.opening_minor, currency),
        debits=Money(day.debits_minor, currency),
        credits=Money(day.credits_minor, currency),
        closing=Money(day.closing_minor, currency),
        entries=day.entries,
        first_seq=day.first_seq,
        last_seq=day.last_seq,
    )
