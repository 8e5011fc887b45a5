"""``GET /openapi.json``: the document, without a token."""

from collections.abc import Sequence

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from tongbao_platform.api.document.build import build_document
from tongbao_platform.http.operation_spec import OperationSpec


def openapi_handler(operations: Sequence[OperationSpec], base_url: str) -> HTTPRouteHandler:
    """Return the handler; the served document names this server's own ``base_url``."""
    document = build_document(operations)
    document["servers"] = [{"url": base_url}]
    body = msgspec.json.encode(document)

    @get("/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return Response(body, media_type="application/json")

    return openapi
