"""What the pipeline refuses before or around a page's handler, as a page: a browser's user cannot read a problem."""

from typing import Final

from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.problems import PROBLEM_MEDIA_TYPE
from tongbao_platform.web.handlers.answers import language_of
from tongbao_platform.web.page import respond
from tongbao_platform.web.views import NotFound, Problem, ProblemKind, TooManyRequests, View

_UNTOLD_WAIT_SECONDS: Final = 5


def error_page(exchange: Exchange, response: Response) -> Response:
    """Return ``response``, as HTML with the same status when it is a problem and the caller reads pages.

    Below ``/checkout/`` everybody does; elsewhere whoever accepts ``text/html``. Other headers of the answer stay.
    """
    if response.header("Content-Type") != PROBLEM_MEDIA_TYPE or not _reads_pages(exchange):
        return response
    page = respond(_view_of(exchange, response), language_of(exchange))
    kept = [(name, value) for name, value in response.headers if name != "Content-Type"]
    names = {name for name, _ in kept}
    added = [(name, value) for name, value in page.headers if name not in names]
    return Response(response.status, [*added, *kept], page.body)


def _reads_pages(exchange: Exchange) -> bool:
    return exchange.path.startswith("/checkout/") or b"text/html" in (exchange.header(b"accept") or b"").lower()


def _view_of(exchange: Exchange, response: Response) -> View:
    if response.status == 404:
        return NotFound()
    if response.status == 429:
        wait = response.header("Retry-After") or ""
        seconds = int(wait) if wait.isdecimal() else _UNTOLD_WAIT_SECONDS
        return TooManyRequests(retry_after_seconds=max(1, seconds), request_id=exchange.request_id)
    if response.status == 503:
        return Problem(kind="unavailable", request_id=exchange.request_id)
    kind: ProblemKind = "internal" if response.status >= 500 else "bad_request"
    return Problem(kind=kind, request_id=exchange.request_id)
