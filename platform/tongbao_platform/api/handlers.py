"""Litestar handlers from operations: the framework routes and documents, the pipeline does everything else."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from tongbao_platform.api.services import ApiServices
from tongbao_platform.http.exchange import EXCHANGE_KEY, Exchange
from tongbao_platform.http.operation_spec import OperationSpec


async def _answered(scope: Scope, receive: Receive, send: Send) -> None:
    """Send nothing: the answer lies on the exchange, where the pipeline takes it from."""


def litestar_handlers(operations: Sequence[OperationSpec], services: ApiServices) -> list[HTTPRouteHandler]:
    """Return one Litestar handler per operation."""
    return [_litestar_handler(operation, services) for operation in operations]


def _litestar_handler(operation: OperationSpec, services: ApiServices) -> HTTPRouteHandler:
    summary, _, description = (operation.handler.__doc__ or "").partition("\n\n")
    return HTTPRouteHandler(
        _litestar_path(operation),
        http_method=[operation.method],
        operation_id=operation.operation_id,
        summary=summary.strip().removesuffix("."),
        description=_unwrapped(description),
        tags=[operation.tag],
        # The answer's own status counts; the framework wants one that may have a body.
        status_code=200,
    )(_entry(operation, services))


def _entry(operation: OperationSpec, services: ApiServices) -> Callable[[Scope], Coroutine[Any, Any, ASGIApp]]:
    run = operation.handler

    async def entry(scope: Scope) -> ASGIApp:
        exchange: Exchange = scope[EXCHANGE_KEY]  # type: ignore[typeddict-item] # put there by the pipeline
        try:
            exchange.response = await run(exchange, services)
        except Exception as fault:  # noqa: BLE001 - the step `problem` is the one to speak about faults
            exchange.fault = fault
        return _answered

    return entry


def _litestar_path(operation: OperationSpec) -> str:
    path = operation.path
    for name in operation.path_parameters:
        path = path.replace("{" + name + "}", "{" + name + ":str}")
    return path


def _unwrapped(text: str) -> str | None:
    """Join the lines of each paragraph of a docstring."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) or None
