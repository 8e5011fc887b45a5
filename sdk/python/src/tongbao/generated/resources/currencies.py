# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `currencies`."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Unpack

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_LIST: Final = Operation(
    operation_id="currencies.list",
    method="GET",
    path="/v1/currencies",
)


class Currencies(Resource):
    """Operations of `currencies`."""

    @cached_property
    def with_raw_response(self) -> CurrenciesWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return CurrenciesWithRawResponse(Currencies(self._link, raw=True))

    def list(
        self,
        **options: Unpack[ReadOptions],
    ) -> models.CurrencyList:
        """List currencies.

        All of them with the number of digits of their minor unit: 2 for CNY, 0 for JPY. The table is ISO 4217.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            options=options,
        )
        return self._perform(call, models.CurrencyList)


class CurrenciesWithRawResponse:
    """The operations of Currencies, giving a RawResponse."""

    def __init__(self, resource: Currencies) -> None:
        self.list = as_raw(resource.list)


class AsyncCurrencies(AsyncResource):
    """Operations of `currencies`."""

    @cached_property
    def with_raw_response(self) -> AsyncCurrenciesWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncCurrenciesWithRawResponse(AsyncCurrencies(self._link, raw=True))

    async def list(
        self,
        **options: Unpack[ReadOptions],
    ) -> models.CurrencyList:
        """List currencies.

        All of them with the number of digits of their minor unit: 2 for CNY, 0 for JPY. The table is ISO 4217.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            options=options,
        )
        return await self._perform(call, models.CurrencyList)


class AsyncCurrenciesWithRawResponse:
    """The operations of AsyncCurrencies, giving a RawResponse."""

    def __init__(self, resource: AsyncCurrencies) -> None:
        self.list = as_async_raw(resource.list)
