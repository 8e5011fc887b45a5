# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `accounts`."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Final, Unpack

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_LIST: Final = Operation(
    operation_id="accounts.list",
    method="GET",
    path="/v1/accounts",
)

_GET: Final = Operation(
    operation_id="accounts.get",
    method="GET",
    path="/v1/accounts/{id}",
)

_BALANCE: Final = Operation(
    operation_id="accounts.balance",
    method="GET",
    path="/v1/accounts/{id}/balance",
)

_DAILY_BALANCES: Final = Operation(
    operation_id="accounts.daily_balances",
    method="GET",
    path="/v1/accounts/{id}/daily-balances",
)

_TRANSACTIONS: Final = Operation(
    operation_id="accounts.transactions",
    method="GET",
    path="/v1/accounts/{id}/transactions",
)


class Accounts(Resource):
    """Operations of `accounts`."""

    @cached_property
    def with_raw_response(self) -> AccountsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AccountsWithRawResponse(Accounts(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        currency: str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.Account]:
        """List accounts.

        The caller's own, newest first.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``currency``: ISO 4217 code, upper case.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={"limit": limit, "cursor": cursor, "currency": currency},
            options=options,
        )
        return self._list(call, models.AccountPage)

    def get(
        self,
        account_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Account:
        """Get an account.

        ``account_id``: The id of the account.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": account_id},
            options=options,
        )
        return self._perform(call, models.Account)

    def balance(
        self,
        account_id: str,
        *,
        at: datetime | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> models.Balance:
        """Get an account's balance.

        The present one, or with `at` that of a past moment.

        ``account_id``: The id of the account; ``at``: Count what had occurred at this time (inclusive), at the
        latest now; 0 before the account was opened. The balance of the last minute may still gain transactions.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_BALANCE,
            path_values={"id": account_id},
            query={"at": at},
            options=options,
        )
        return self._perform(call, models.Balance)

    def daily_balances(
        self,
        account_id: str,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        business_date_from: date | str | UnsetType = UNSET,
        business_date_to: date | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.DailyBalance]:
        """List an account's daily balances.

        One for each closed settlement day (Asia/Shanghai) with transactions, newest first. A day closes ten minutes
        after midnight; on a day without transactions the balance is the closing one of the day before.

        ``account_id``: The id of the account; ``limit``: How many objects a page holds at most; ``cursor``:
        `next_cursor` of the page before; with the same filters only; ``business_date_from``: This settlement day or
        later; ``business_date_to``: This settlement day or earlier.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_DAILY_BALANCES,
            path_values={"id": account_id},
            query={
                "limit": limit,
                "cursor": cursor,
                "business_date_from": business_date_from,
                "business_date_to": business_date_to,
            },
            options=options,
        )
        return self._list(call, models.DailyBalancePage)

    def transactions(
        self,
        account_id: str,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        type: str | UnsetType = UNSET,
        occurred_from: datetime | str | UnsetType = UNSET,
        occurred_to: datetime | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.Transaction]:
        """List an account's transactions.

        The statement, newest first: every entry with its number without gaps and the balance after it.

        ``account_id``: The id of the account; ``limit``: How many objects a page holds at most; ``cursor``:
        `next_cursor` of the page before; with the same filters only; ``type``: Only transactions of this type;
        ``occurred_from``: Occurred at or after this time; ``occurred_to``: Occurred before this time.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_TRANSACTIONS,
            path_values={"id": account_id},
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type,
                "occurred_from": occurred_from,
                "occurred_to": occurred_to,
            },
            options=options,
        )
        return self._list(call, models.TransactionPage)


class AccountsWithRawResponse:
    """The operations of Accounts, giving a RawResponse."""

    def __init__(self, resource: Accounts) -> None:
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)
        self.balance = as_raw(resource.balance)
        self.daily_balances = as_raw(resource.daily_balances)
        self.transactions = as_raw(resource.transactions)


class AsyncAccounts(AsyncResource):
    """Operations of `accounts`."""

    @cached_property
    def with_raw_response(self) -> AsyncAccountsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncAccountsWithRawResponse(AsyncAccounts(self._link, raw=True))

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        currency: str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.Account]:
        """List accounts.

        The caller's own, newest first.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``currency``: ISO 4217 code, upper case.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={"limit": limit, "cursor": cursor, "currency": currency},
            options=options,
        )
        return self._list(call, models.AccountPage)

    async def get(
        self,
        account_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Account:
        """Get an account.

        ``account_id``: The id of the account.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": account_id},
            options=options,
        )
        return await self._perform(call, models.Account)

    async def balance(
        self,
        account_id: str,
        *,
        at: datetime | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> models.Balance:
        """Get an account's balance.

        The present one, or with `at` that of a past moment.

        ``account_id``: The id of the account; ``at``: Count what had occurred at this time (inclusive), at the
        latest now; 0 before the account was opened. The balance of the last minute may still gain transactions.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_BALANCE,
            path_values={"id": account_id},
            query={"at": at},
            options=options,
        )
        return await self._perform(call, models.Balance)

    def daily_balances(
        self,
        account_id: str,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        business_date_from: date | str | UnsetType = UNSET,
        business_date_to: date | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.DailyBalance]:
        """List an account's daily balances.

        One for each closed settlement day (Asia/Shanghai) with transactions, newest first. A day closes ten minutes
        after midnight; on a day without transactions the balance is the closing one of the day before.

        ``account_id``: The id of the account; ``limit``: How many objects a page holds at most; ``cursor``:
        `next_cursor` of the page before; with the same filters only; ``business_date_from``: This settlement day or
        later; ``business_date_to``: This settlement day or earlier.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_DAILY_BALANCES,
            path_values={"id": account_id},
            query={
                "limit": limit,
                "cursor": cursor,
                "business_date_from": business_date_from,
                "business_date_to": business_date_to,
            },
            options=options,
        )
        return self._list(call, models.DailyBalancePage)

    def transactions(
        self,
        account_id: str,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        type: str | UnsetType = UNSET,
        occurred_from: datetime | str | UnsetType = UNSET,
        occurred_to: datetime | str | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.Transaction]:
        """List an account's transactions.

        The statement, newest first: every entry with its number without gaps and the balance after it.

        ``account_id``: The id of the account; ``limit``: How many objects a page holds at most; ``cursor``:
        `next_cursor` of the page before; with the same filters only; ``type``: Only transactions of this type;
        ``occurred_from``: Occurred at or after this time; ``occurred_to``: Occurred before this time.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_TRANSACTIONS,
            path_values={"id": account_id},
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type,
                "occurred_from": occurred_from,
                "occurred_to": occurred_to,
            },
            options=options,
        )
        return self._list(call, models.TransactionPage)


class AsyncAccountsWithRawResponse:
    """The operations of AsyncAccounts, giving a RawResponse."""

    def __init__(self, resource: AsyncAccounts) -> None:
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
        self.balance = as_async_raw(resource.balance)
        self.daily_balances = as_async_raw_list(resource.daily_balances)
        self.transactions = as_async_raw_list(resource.transactions)
