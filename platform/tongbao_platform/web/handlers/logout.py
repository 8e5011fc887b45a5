"""``POST /checkout/<token>/logout``: the payer's session ends; the payment stays as it is."""

from tongbao_platform.domain.customers import sign_out
from tongbao_platform.domain.customers.sign_out import SignOut
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.identity.token_hash import new_token
from tongbao_platform.web.handlers.answers import LOGGED_OUT, VISITOR_SECONDS, go_back, page_answer, session_cookie
from tongbao_platform.web.handlers.form import receive
from tongbao_platform.web.handlers.state import Wish, present
from tongbao_platform.web.services import WebServices


async def log_out(exchange: Exchange, services: WebServices) -> Response:
    """End the session and give the browser a visitor's."""
    posted = await receive(exchange, services)
    if isinstance(posted, Response):
        return posted
    visit = posted.visit
    if visit.signed_in is None:
        return go_back(visit)
    if not posted.has_token("logout"):
        return page_answer(visit, await present(visit, Wish(confirm_problems=("form_expired",))))
    command = SignOut(session_id=visit.signed_in.session.id)
    await services.committer.run(sign_out, command, visit.context(visit.signed_in.customer.id))
    return go_back(visit, mark=LOGGED_OUT, cookie=session_cookie(visit, new_token(), VISITOR_SECONDS))
