"""``GET /static/{name}``: the pages' few files, under names that change with their content."""

from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.static_files import find_static


async def static(exchange: Exchange, services: WebServices) -> Response:
    """Send the file."""
    del services
    file = find_static(exchange.path_values["name"])
    if file is None:
        return exchange.refuse(Refusal(code="not_found", detail="There is no such file."))
    return Response(200, list(file.headers), file.body)
