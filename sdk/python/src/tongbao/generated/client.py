# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""The resources of both clients."""

from functools import cached_property

from tongbao._http import AsyncDriver, BlockingDriver
from tongbao._resource import ClientBase
from tongbao.generated.resources.accounts import Accounts, AsyncAccounts
from tongbao.generated.resources.currencies import AsyncCurrencies, Currencies
from tongbao.generated.resources.events import AsyncEvents, Events
from tongbao.generated.resources.me import AsyncMe, Me
from tongbao.generated.resources.payments import AsyncPayments, Payments
from tongbao.generated.resources.refunds import AsyncRefunds, Refunds
from tongbao.generated.resources.webhook_deliveries import AsyncWebhookDeliveries, WebhookDeliveries
from tongbao.generated.resources.webhook_endpoints import AsyncWebhookEndpoints, WebhookEndpoints


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
    def events(self) -> Events:
        """Operations of `events`."""
        return Events(self._link)

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

    @cached_property
    def webhook_deliveries(self) -> WebhookDeliveries:
        """Operations of `webhook_deliveries`."""
        return WebhookDeliveries(self._link)

    @cached_property
    def webhook_endpoints(self) -> WebhookEndpoints:
        """Operations of `webhook_endpoints`."""
        return WebhookEndpoints(self._link)


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
    def events(self) -> AsyncEvents:
        """Operations of `events`."""
        return AsyncEvents(self._link)

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

    @cached_property
    def webhook_deliveries(self) -> AsyncWebhookDeliveries:
        """Operations of `webhook_deliveries`."""
        return AsyncWebhookDeliveries(self._link)

    @cached_property
    def webhook_endpoints(self) -> AsyncWebhookEndpoints:
        """Operations of `webhook_endpoints`."""
        return AsyncWebhookEndpoints(self._link)
