"""From a view to an answer: pages, the way back to the page after a form, and pages without an order."""

from typing import Final
from urllib.parse import parse_qs

from tongbao_platform.http.exchange import Exchange, HeaderList, Response
from tongbao_platform.web.handlers.visit import Visit
from tongbao_platform.web.language import Language, choose_language
from tongbao_platform.web.page import respond, security_headers
from tongbao_platform.web.session_cookie import set_cookie
from tongbao_platform.web.views import NotFound, Problem, TooManyRequests, View

# A visitor's session holds nothing but the forms together; a customer's own ends with its row.
VISITOR_SECONDS: Final = 12 * 3_600
AGAIN: Final = "again"
LOGGED_OUT: Final = "logged_out"


def page_answer(visit: Visit, view: View) -> Response:
    """Answer with the page of ``view``; a visitor who is new gets a session with it."""
    page = respond(view, visit.language)
    headers: HeaderList = list(page.headers)
    if visit.is_new:
        headers.append(("Set-Cookie", session_cookie(visit, visit.session, VISITOR_SECONDS)))
    return Response(page.status, headers, page.body)


def go_back(visit: Visit, *, mark: str = "", cookie: str | None = None) -> Response:
    """Answer a form: the browser gets the page anew, which shows the present state (303, RFC 9110 section 15.4.4).

    ``mark`` is the name of one more query parameter; ``cookie`` is a ``Set-Cookie`` value.
    """
    marked = f"&{mark}=1" if mark else ""
    headers: HeaderList = [("Location", f"{visit.path}?lang={visit.language}{marked}"), *security_headers()]
    if cookie is not None:
        headers.append(("Set-Cookie", cookie))
    return Response(303, headers)


def session_cookie(visit: Visit, value: str, max_age_seconds: int) -> str:
    """Return the ``Set-Cookie`` value that gives the browser the session ``value``."""
    return set_cookie(value, secure=visit.services.secure, max_age_seconds=max_age_seconds)


def not_found(exchange: Exchange) -> Response:
    """Answer that there is no such page; unknown tokens and ended ones get the same."""
    exchange.code = "not_found"
    return _bare(exchange, NotFound())


def bad_request(exchange: Exchange) -> Response:
    """Answer a request that no page of ours makes."""
    exchange.code = "bad_request"
    return _bare(exchange, Problem(kind="bad_request", request_id=exchange.request_id))


def too_many(exchange: Exchange, retry_after_seconds: int) -> Response:
    """Ask the visitor to slow down."""
    exchange.code = "rate_limited"
    return _bare(
        exchange, TooManyRequests(retry_after_seconds=max(1, retry_after_seconds), request_id=exchange.request_id)
    )


def language_of(exchange: Exchange) -> Language:
    """Return the language that the address asks for, else the browser's."""
    asked = parameter(exchange, "lang")
    accepted = exchange.header_values(b"accept-language")
    return choose_language(query=asked, accept_language=b",".join(accepted).decode("latin-1") if accepted else None)


def parameter(exchange: Exchange, name: str) -> str | None:
    """Return the value of the one query parameter ``name``; ``None`` when it is absent or repeated."""
    values = parse_qs(exchange.query, keep_blank_values=True).get(name, [])
    return values[0] if len(values) == 1 else None


def _bare(exchange: Exchange, view: View) -> Response:
    page = respond(view, language_of(exchange))
    return Response(page.status, list(page.headers), page.body)
