# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""The resources of both clients."""

from functools import cached_property

from tongbao._http import AsyncDriver, BlockingDriver
from tongbao._resource import ClientBase
from tongbao.generated.resources.accounts import Accounts, AsyncAccounts
from tongbao.generated.resources.currencies import AsyncCurrencies, Currencies
from tongbao.generated.resources.me import AsyncMe, Me
from tongbao.generated.resources.payments import AsyncPayments, Payments
from tongbao.generated.resources.refunds import AsyncRefunds, Refunds


class SyncResources(ClientBase[BlockingDriver]):
    """The API's resources."""

    @cached_property
    def accounts(self) -> Accounts:
        """Operations of `accounts`."""
        return Accounts(self._link)

    @cached_property
    def currencies(self) -> Currencies:
        """Operations of `currencies`."""
        return Currencies(self._link)

    @cached_property
    def me(self) -> Me:
        """Operations of `me`."""
        return Me(self._link)

    @cached_property
    def payments(self) -> Payments:
        """Operations of `payments`."""
        return Payments(self._link)

    @cached_property
    def refunds(self) -> Refunds:
        """Operations of `refunds`."""
        return Refunds(self._link)


class AsyncResources(ClientBase[AsyncDriver]):
    """The API's resources."""

    @cached_property
    def accounts(self) -> AsyncAccounts:
        """Operations of `accounts`."""
        return AsyncAccounts(self._link)

    @cached_property
    def currencies(self) -> AsyncCurrencies:
        """Operations of `currencies`."""
        return AsyncCurrencies(self._link)

    @cached_property
    def me(self) -> AsyncMe:
        """Operations of `me`."""
        return AsyncMe(self._link)

    @cached_property
    def payments(self) -> AsyncPayments:
        """Operations of `payments`."""
        return AsyncPayments(self._link)

    @cached_property
    def refunds(self) -> AsyncRefunds:
        """Operations of `refunds`."""
        return AsyncRefunds(self._link)
