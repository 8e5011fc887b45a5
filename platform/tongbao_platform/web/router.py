"""The routes of the pages: the framework routes, the pipeline does everything around it, a handler answers."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Literal

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from tongbao_platform.http.exchange import EXCHANGE_KEY, Exchange, Response
from tongbao_platform.web.handlers.answers import too_many
from tongbao_platform.web.handlers.confirm import confirm
from tongbao_platform.web.handlers.decline import decline
from tongbao_platform.web.handlers.login import log_in
from tongbao_platform.web.handlers.logout import log_out
from tongbao_platform.web.handlers.show import show
from tongbao_platform.web.handlers.static import static
from tongbao_platform.web.secret_work import TooBusy
from tongbao_platform.web.services import WebServices

Handler = Callable[[Exchange, WebServices], Awaitable[Response]]

ROUTES: Final[tuple[tuple[Literal["GET", "POST"], str, Handler], ...]] = (
    ("GET", "/checkout/{token:str}", show),
    ("POST", "/checkout/{token:str}/login", log_in),
    ("POST", "/checkout/{token:str}/confirm", confirm),
    ("POST", "/checkout/{token:str}/decline", decline),
    ("POST", "/checkout/{token:str}/logout", log_out),
    ("GET", "/static/{name:str}", static),
)


def web_router(services: WebServices) -> Router:
    """Return the pages' routes with ``services`` bound to every handler."""
    return Router(
        path="/",
        route_handlers=[
            HTTPRouteHandler(path, http_method=[method], status_code=200, include_in_schema=False)(
                _entry(handler, services)
            )
            for method, path, handler in ROUTES
        ],
    )


async def _answered(scope: Scope, receive: Receive, send: Send) -> None:
    """Send nothing: the answer lies on the exchange, where the pipeline takes it from."""


def _entry(handler: Handler, services: WebServices) -> Callable[[Scope], Coroutine[Any, Any, ASGIApp]]:
    async def entry(scope: Scope) -> ASGIApp:
        exchange: Exchange = scope[EXCHANGE_KEY]  # type: ignore[typeddict-item] # put there by the pipeline
        try:
            exchange.response = await handler(exchange, services)
        except TooBusy as busy:
            exchange.response = too_many(exchange, busy.retry_after_seconds)
        except Exception as fault:  # noqa: BLE001 - the step `problem` is the one to speak about faults
            exchange.fault = fault
        return _answered

    return entry
