"""Step ``route``: finds the operation before anybody is authenticated, so that 404 and 405 say the same to everyone.

There is one spelling of each path: a trailing slash, a doubled one, another case or an escaped letter is 404, never a
redirect. HEAD and OPTIONS are methods like any other and are 405 where nothing implements them: the API is for servers
and has no CORS.
"""

from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.route_table import RouteTable
from tongbao_platform.kernel.errors import Refusal

_NOT_FOUND: Final = Refusal(code="not_found", detail="There is nothing at this path.")


def route(table: RouteTable) -> Step:
    """Return the step."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        found = table.find(exchange.path)
        if found is None:
            return exchange.refuse(_NOT_FOUND)
        entry, values = found
        exchange.route = entry.template
        if exchange.method not in entry.methods:
            detail = f"This path knows {entry.allow}."
            return exchange.refuse(Refusal(code="method_not_allowed", detail=detail), [("Allow", entry.allow)])
        exchange.operation = entry.methods[exchange.method]
        exchange.path_values = values
        return await proceed(exchange)

    return step
