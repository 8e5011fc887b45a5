"""Accounts, balances and transactions: the wire structs, how they are shown, and the operations."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import NOT_FOUND, Listing, ListQuery, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.values import (
    AccountId,
    BusinessDate,
    CurrencyCode,
    Livemode,
    Money,
    Revision,
    Timestamp,
    TimestampInput,
    instant_or_none,
    path_id,
)
from tongbao_platform.domain.accounts import get as account_get
from tongbao_platform.domain.accounts import list as account_list
from tongbao_platform.domain.accounts.filters import AccountFilter, AccountPosition, TransactionFilter
from tongbao_platform.domain.accounts.model import AccountView
from tongbao_platform.domain.accounts.model import Balance as BalanceModel
from tongbao_platform.domain.accounts.model import Transaction as TransactionModel
from tongbao_platform.domain.accounts.transactions import transactions_of
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import Instant, business_date, format_instant
from tongbao_platform.kernel.errors import Refusal

Kind = Annotated[
    Literal["customer", "merchant", "fee_income", "bank_settlement"],
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
    """What an account holds: `available` = `posted` - `held`."""

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


_LIST: Final = QueryDecoder(AccountQuery)
_TRANSACTIONS: Final = QueryDecoder(TransactionQuery)


async def list_accounts(exchange: Exchange, services: ApiServices) -> Response:
    """List accounts.

    The caller's own, newest first.
    """
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    owner_id = exchange.require_caller().merchant_id
    wanted = AccountFilter(currency=query.values.currency)

    async def fetch(after: Position | None, limit: int) -> list[AccountView]:
        behind = None if after is None else AccountPosition(Instant(int(after[0])), str(after[1]))
        return await account_list.list_accounts(services.reader, owner_id, wanted, behind, limit)

    listing = Listing(
        fetch,
        lambda account: (account.created_at, account.id),
        lambda account: render_account(account, livemode=services.livemode),
    )
    return await page(exchange, services, query, listing)


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get an account."""
    account = await account_get.get(services.reader, *_asked(exchange))
    if account is None:
        return exchange.refuse(NOT_FOUND)
    return found(render_account(account, livemode=services.livemode))


async def balance(exchange: Exchange, services: ApiServices) -> Response:
    """Get an account's balance."""
    holds = await account_get.get_balance(services.reader, *_asked(exchange))
    return exchange.refuse(NOT_FOUND) if holds is None else found(render_balance(holds))


async def transactions(exchange: Exchange, services: ApiServices) -> Response:
    """List an account's transactions.

    The statement, newest first: every entry with its number without gaps and the balance after it.
    """
    query = _TRANSACTIONS.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    statement = await transactions_of(services.reader, *_asked(exchange))
    if statement is None:
        return exchange.refuse(NOT_FOUND)
    values = query.values
    wanted = TransactionFilter(
        type=values.type,
        occurred_from=instant_or_none(values.occurred_from),
        occurred_to=instant_or_none(values.occurred_to),
    )

    async def fetch(after: Position | None, limit: int) -> list[TransactionModel]:
        return await statement.page(wanted, None if after is None else int(after[0]), limit)

    listing = Listing(
        fetch,
        lambda transaction: (transaction.seq,),
        lambda transaction: render_transaction(transaction, livemode=services.livemode),
    )
    return await page(exchange, services, query, listing)


def _asked(exchange: Exchange) -> tuple[str, str]:
    return exchange.require_caller().merchant_id, exchange.path_values["id"]


OPERATIONS = (
    OperationSpec(
        method="GET",
        path="/v1/accounts",
        operation_id="accounts.list",
        scope="accounts:read",
        tag="accounts",
        handler=list_accounts,
        query=AccountQuery,
        result=AccountPage,
        statuses={200: "A page of accounts."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/accounts/{id}",
        operation_id="accounts.get",
        scope="accounts:read",
        tag="accounts",
        handler=get,
        path_parameters=path_id("acc", "account"),
        result=Account,
        statuses={200: "The account."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/accounts/{id}/balance",
        operation_id="accounts.balance",
        scope="accounts:read",
        tag="accounts",
        handler=balance,
        path_parameters=path_id("acc", "account"),
        result=Balance,
        statuses={200: "The balance."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/accounts/{id}/transactions",
        operation_id="accounts.transactions",
        scope="accounts:read",
        tag="accounts",
        handler=transactions,
        path_parameters=path_id("acc", "account"),
        query=TransactionQuery,
        result=TransactionPage,
        statuses={200: "A page of transactions."},
    ),
)
