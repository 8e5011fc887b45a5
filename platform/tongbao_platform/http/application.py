"""The server as one ASGI application: the pipeline around the framework."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from tongbao_platform.http.exchange import EXCHANGE_KEY, Exchange, Receive, Scope, Send
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.pipeline import ZONES, PipelineParts, compose, pipeline
from tongbao_platform.http.route_table import RouteTable, operation_routes
from tongbao_platform.http.zones import zone_of
from tongbao_platform.kernel.errors import Refusal

_CODE_OF_STATUS: Final = {
    400: "invalid_parameter",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def framework(handlers: Sequence[ControllerRouterHandler]) -> Litestar:
    """Return Litestar with ``handlers``; documents, logging and error pages of its own are switched off."""
    return Litestar(
        list(handlers),
        openapi_config=None,
        logging_config=None,
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )


def route_table(app: Litestar, operations: Sequence[OperationSpec]) -> RouteTable:
    """Return the routes of the API's operations and of whatever else the framework serves."""
    templates = {operation.path for operation in operations}
    routes = operation_routes(operations)
    for served in app.routes:
        if not isinstance(served, HTTPRoute):
            continue
        template = _template(served)
        if template in templates:
            continue
        for route_handler in served.route_handlers:
            if isinstance(route_handler, HTTPRouteHandler) and route_handler.handler_name != "options_handler":
                routes += [(method, template, None) for method in route_handler.http_methods if method != "OPTIONS"]
    return RouteTable(routes)


class Application:
    """The ASGI application. Lifespan messages go to the framework; anything but HTTP is closed."""

    def __init__(self, app: Litestar, parts: PipelineParts) -> None:
        self._app = app
        self._portal = parts.portal
        self._error_page = parts.error_page
        rows = pipeline(parts)
        self._zones = {zone: compose(rows, zone) for zone in ZONES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)  # type: ignore[arg-type] # ASGI's own shapes under other names
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        zone = zone_of(scope.get("raw_path") or scope["path"].encode())
        exchange = Exchange(scope, receive, self._portal, zone)
        response = await self._zones[zone](exchange)
        if zone == "web" and self._error_page is not None:
            response = self._error_page(exchange, response)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        if response.status != 204:
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body, "more_body": False})


def _template(served: HTTPRoute) -> str:
    parts: list[str] = []
    for component in served.path_components:
        if isinstance(component, str):
            parts.append(component)
        else:
            parts.append("{" + component.name + (":path}" if component.type.__name__ == "Path" else "}"))
    return "/" + "/".join(parts)


def _refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework itself refuses as a problem."""
    code = _CODE_OF_STATUS.get(error.status_code)
    if code is None:
        return _failed(request, error)
    exchange: Exchange = request.scope[EXCHANGE_KEY]  # type: ignore[typeddict-item] # put there by the pipeline
    exchange.response = exchange.refuse(Refusal(code=code, detail="The request could not be read."))
    return Response(b"")


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Hand the fault to the step ``problem``, which is the only one to speak about faults."""
    exchange: Exchange = request.scope[EXCHANGE_KEY]  # type: ignore[typeddict-item] # put there by the pipeline
    exchange.fault = error
    return Response(b"")
