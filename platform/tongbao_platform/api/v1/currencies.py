"""Currencies: the table of ISO 4217 as the platform reads it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.values import CurrencyCode
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.kernel.currencies import CURRENCIES


class Currency(msgspec.Struct, frozen=True, kw_only=True):
    """A currency; `exponent` is how many decimal digits its minor unit has."""

    code: CurrencyCode
    numeric: Annotated[str, Meta(pattern="^[0-9]{3}$", description="The three-digit ISO 4217 number.")]
    exponent: Annotated[int, Meta(ge=0, le=4)]
    name: str


class CurrencyList(msgspec.Struct, frozen=True, kw_only=True):
    """All currencies, by code."""

    data: list[Currency]


_BODY = msgspec.json.encode(
    CurrencyList(
        data=[Currency(code=c.code, numeric=c.numeric, exponent=c.exponent, name=c.name) for c in CURRENCIES.values()]
    )
)


async def list_currencies(exchange: Exchange, services: ApiServices) -> Response:
    """List currencies.

    All of them with the number of digits of their minor unit: 2 for CNY, 0 for JPY. The table is ISO 4217.
    """
    del exchange, services
    return Response(200, [("Content-Type", "application/json")], _BODY)


OPERATIONS = (
    OperationSpec(
        method="GET",
        path="/v1/currencies",
        operation_id="currencies.list",
        scope=None,
        tag="currencies",
        handler=list_currencies,
        result=CurrencyList,
        statuses={200: "The table."},
    ),
)
