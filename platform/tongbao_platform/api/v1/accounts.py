"""The operations on accounts: read them, their balances, their transactions and their days."""

from datetime import date
from typing import Final

from tongbao_platform.api.reading import NOT_FOUND, Listing, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.accounts_wire import (
    Account,
    AccountPage,
    AccountQuery,
    Balance,
    BalanceQuery,
    DailyBalancePage,
    DailyBalanceQuery,
    TransactionPage,
    TransactionQuery,
    render_account,
    render_balance,
    render_daily_balance,
    render_transaction,
)
from tongbao_platform.api.v1.values import instant_or_none, path_id
from tongbao_platform.domain.accounts import get as account_get
from tongbao_platform.domain.accounts import list as account_list
from tongbao_platform.domain.accounts.balance_at import balance_at
from tongbao_platform.domain.accounts.daily_balances import daily_balances_of
from tongbao_platform.domain.accounts.filters import AccountFilter, AccountPosition, DayFilter, TransactionFilter
from tongbao_platform.domain.accounts.model import AccountDay, AccountView
from tongbao_platform.domain.accounts.model import Transaction as TransactionModel
from tongbao_platform.domain.accounts.transactions import transactions_of
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import FieldError, Refusal

_LIST: Final = QueryDecoder(AccountQuery)
_BALANCE: Final = QueryDecoder(BalanceQuery)
_TRANSACTIONS: Final = QueryDecoder(TransactionQuery)
_DAILY_BALANCES: Final = QueryDecoder(DailyBalanceQuery)
_FUTURE: Final = Refusal(
    code="invalid_parameter",
    detail="query:at: The time has not come yet.",
    errors=(FieldError("query:at", "too_large", "The time has not come yet; leave it out for the balance of now."),),
)


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
    """Get an account's balance.

    The present one, or with `at` that of a past moment.
    """
    query = _BALANCE.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    at = instant_or_none(query.values.at)
    if at is None:
        holds = await account_get.get_balance(services.reader, *_asked(exchange))
    elif at > services.clock.now():
        return exchange.refuse(_FUTURE)
    else:
        holds = await balance_at(services.reader, *_asked(exchange), at)
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


async def daily_balances(exchange: Exchange, services: ApiServices) -> Response:
    """List an account's daily balances.

    One for each closed settlement day (Asia/Shanghai) with transactions, newest first. A day closes ten minutes after
    midnight; on a day without transactions the balance is the closing one of the day before.
    """
    query = _DAILY_BALANCES.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    days = await daily_balances_of(services.reader, *_asked(exchange))
    if days is None:
        return exchange.refuse(NOT_FOUND)
    values = query.values
    wanted = DayFilter(date_from=_iso(values.business_date_from), date_to=_iso(values.business_date_to))

    async def fetch(after: Position | None, limit: int) -> list[AccountDay]:
        return await days.page(wanted, None if after is None else str(after[0]), limit)

    listing = Listing(
        fetch,
        lambda day: (day.business_date,),
        lambda day: render_daily_balance(day, days.account.currency, livemode=services.livemode),
    )
    return await page(exchange, services, query, listing)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


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
        query=BalanceQuery,
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
    OperationSpec(
        method="GET",
        path="/v1/accounts/{id}/daily-balances",
        operation_id="accounts.daily_balances",
        scope="accounts:read",
        tag="accounts",
        handler=daily_balances,
        path_parameters=path_id("acc", "account"),
        query=DailyBalanceQuery,
        result=DailyBalancePage,
        statuses={200: "A page of daily balances."},
    ),
)
