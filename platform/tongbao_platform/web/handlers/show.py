"""``GET /checkout/<token>``: the page for the payment's present state."""

from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.web.handlers.answers import AGAIN, LOGGED_OUT, language_of, not_found, page_answer, parameter
from tongbao_platform.web.handlers.state import Wish, present
from tongbao_platform.web.handlers.visit import open_visit
from tongbao_platform.web.services import WebServices


async def show(exchange: Exchange, services: WebServices) -> Response:
    """Show the page; ``again=1`` asks for the form although the last try failed."""
    visit = await open_visit(exchange, services, language_of(exchange))
    if visit is None:
        return not_found(exchange)
    wish = Wish(
        again=parameter(exchange, AGAIN) == "1",
        notice="logged_out" if parameter(exchange, LOGGED_OUT) == "1" else None,
    )
    return page_answer(visit, await present(visit, wish))
