"""Step ``request_id``: every request gets an id of ours, and every answer shows it."""

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.kernel.ids import IdSource

REQUEST_ID = "Request-Id"


def request_id(ids: IdSource) -> Step:
    """Return the step; ids of callers are not taken over, for they could be made to look like somebody else's."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        exchange.request_id = ids.new("req")
        response = await proceed(exchange)
        show_request_id(response, exchange)
        return response

    return step


def show_request_id(response: Response, exchange: Exchange) -> None:
    """Put the id on the answer, once."""
    headers = response.headers
    if not any(name == REQUEST_ID for name, _ in headers):
        headers.append((REQUEST_ID, exchange.request_id))
