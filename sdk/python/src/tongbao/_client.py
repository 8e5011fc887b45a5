"""The two clients. They hold a configuration, a driver and the generated resources; all rules are shared."""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, Unpack, cast

import msgspec

from tongbao._call import Engine
from tongbao._config import read_settings
from tongbao._errors import ConfigurationError
from tongbao._http import AsyncDriver, BlockingDriver
from tongbao._options import (
    AsyncClientSettings,
    AsyncSandboxSettings,
    ClientSettings,
    DefaultOptions,
    SandboxSettings,
    SharedSettings,
)
from tongbao._payment_return import MAX_AGE_SECONDS, PaymentReturn, ReturnCheck, verify_return
from tongbao._resource import Link
from tongbao._sandbox import read_sandbox
from tongbao._webhook_receiver import WebhookReceiver
from tongbao.generated.client import AsyncResources, SyncResources


class Tongbao(SyncResources):
    """The blocking client; safe to share between threads. Make one and keep it.

        client = Tongbao(base_url="https://api.example", client_id="app_live_…", private_key="key.pem")
        payment = client.payments.create(merchant_order_no="A-1", amount={"value": 1999, "currency": "CNY"}, …)

    Settings are those of ``ClientSettings``. ``ConfigurationError`` says which one is wrong; nothing is sent yet.
    """

    def __init__(self, **settings: Unpack[ClientSettings]) -> None:
        common, client = _split(settings)
        engine = Engine(read_settings(common))
        super().__init__(Link(engine, BlockingDriver(client), _defaults(common)))

    @classmethod
    def from_sandbox(
        cls,
        path: str | os.PathLike[str] = "var/sandbox.json",
        *,
        merchant: int = 0,
        **settings: Unpack[SandboxSettings],
    ) -> Self:
        """Return a client that is the sandbox's ``merchant``-th merchant; ``settings`` override what the file says.

        ``algorithm`` among them chooses the key.
        """
        algorithm = settings.pop("algorithm", "ES256")
        found: dict[str, Any] = {**read_sandbox(path, merchant, algorithm), **settings}
        return cls(**cast("ClientSettings", found))

    def with_options(self, **options: Unpack[DefaultOptions]) -> Self:
        """Return a client with other default options that shares connections, token and keys with this one."""
        return self._derived(msgspec.structs.replace(self._link, defaults={**self._link.defaults, **options}))

    @property
    def webhooks(self) -> WebhookReceiver:
        """Receives webhooks (``client.webhooks.unwrap``); the endpoints are ``client.webhook_endpoints``."""
        return WebhookReceiver(self._link.engine.config.environment)

    def verify_return(
        self, result: str, *, merchant_id: str | None = None, max_age_seconds: float = MAX_AGE_SECONDS
    ) -> PaymentReturn:
        """Verify the ``result`` a payer's browser brought back; ``SignatureError`` unless the issuer signed it."""
        check = ReturnCheck(result=result, merchant_id=merchant_id, max_age_seconds=max_age_seconds)
        return self._link.driver.run(verify_return(self._link.engine, check))

    def access_token(self) -> str:
        """Return the current access token, for tools that make their requests themselves (see ``RequestSigner``)."""
        return self._link.driver.run(self._link.engine.access_token())

    def close(self) -> None:
        """Close the connections, unless the caller brought the HTTP client."""
        self._link.driver.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self.close()


class AsyncTongbao(AsyncResources):
    """The asynchronous client, for asyncio; one per event loop. The same calls as ``Tongbao``, awaited."""

    def __init__(self, **settings: Unpack[AsyncClientSettings]) -> None:
        common, client = _split(settings)
        engine = Engine(read_settings(common))
        super().__init__(Link(engine, AsyncDriver(client), _defaults(common)))

    @classmethod
    def from_sandbox(
        cls,
        path: str | os.PathLike[str] = "var/sandbox.json",
        *,
        merchant: int = 0,
        **settings: Unpack[AsyncSandboxSettings],
    ) -> Self:
        """Return a client that is the sandbox's ``merchant``-th merchant; see ``Tongbao.from_sandbox``."""
        algorithm = settings.pop("algorithm", "ES256")
        found: dict[str, Any] = {**read_sandbox(path, merchant, algorithm), **settings}
        return cls(**cast("AsyncClientSettings", found))

    def with_options(self, **options: Unpack[DefaultOptions]) -> Self:
        """Return a client with other default options that shares connections, token and keys with this one."""
        return self._derived(msgspec.structs.replace(self._link, defaults={**self._link.defaults, **options}))

    @property
    def webhooks(self) -> WebhookReceiver:
        """Receives webhooks (``client.webhooks.unwrap``); the endpoints are ``client.webhook_endpoints``."""
        return WebhookReceiver(self._link.engine.config.environment)

    async def verify_return(
        self, result: str, *, merchant_id: str | None = None, max_age_seconds: float = MAX_AGE_SECONDS
    ) -> PaymentReturn:
        """Verify the ``result`` a payer's browser brought back; ``SignatureError`` unless the issuer signed it."""
        check = ReturnCheck(result=result, merchant_id=merchant_id, max_age_seconds=max_age_seconds)
        return await self._link.driver.run(verify_return(self._link.engine, check))

    async def access_token(self) -> str:
        """Return the current access token, for tools that make their requests themselves (see ``RequestSigner``)."""
        return await self._link.driver.run(self._link.engine.access_token())

    async def close(self) -> None:
        """Close the connections, unless the caller brought the HTTP client."""
        await self._link.driver.close()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()


def _split(settings: Mapping[str, Any]) -> tuple[SharedSettings, Any]:
    """Separate the HTTP client from the rest, and refuse names that are no settings."""
    known = AsyncClientSettings.__optional_keys__ | AsyncClientSettings.__required_keys__
    unknown = sorted(set(settings) - known)
    if unknown:
        raise TypeError(f"there is no setting {unknown[0]!r}")
    missing = sorted({"base_url", "client_id", "private_key"} - set(settings))
    if missing:
        raise ConfigurationError(f"the setting {missing[0]} is missing")
    common = {name: value for name, value in settings.items() if name != "http_client"}
    return cast("SharedSettings", common), settings.get("http_client")


def _defaults(settings: SharedSettings) -> dict[str, Any]:
    return {name: settings[name] for name in ("api_version", "on_behalf_of") if name in settings}
