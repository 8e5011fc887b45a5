"""``POST /checkout/<token>/login``: the payer signs in; the first one who does owns the payment's attempt."""

from functools import partial

from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.customers import record_sign_in_failure, sign_in
from tongbao_platform.domain.customers.get import by_login
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.password import password_matches
from tongbao_platform.domain.customers.record_sign_in_failure import RecordSignInFailure
from tongbao_platform.domain.customers.sign_in import SESSION_LIFE_MS, SignIn
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.ip_limit import network_of
from tongbao_platform.identity.token_hash import hash_token, new_token
from tongbao_platform.kernel.clock import SECOND_MS
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.web.handlers.answers import go_back, page_answer, session_cookie, too_many
from tongbao_platform.web.handlers.form import Posted, receive
from tongbao_platform.web.handlers.state import Wish, present
from tongbao_platform.web.handlers.visit import Visit
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.views import LoginProblem

MOST_CHARACTERS = 128
# Nobody has this id: recording a failure under it is the work that a customer's failure costs.
_NOBODY = "cus_00000000000000000000000000"


async def log_in(exchange: Exchange, services: WebServices) -> Response:
    """Sign the payer in and give the checkout its owner; a wrong guess shows the form again."""
    posted = await receive(exchange, services)
    if isinstance(posted, Response):
        return posted
    visit = posted.visit
    if visit.signed_in is not None or visit.payment.status != "requires_action":
        return go_back(visit)
    login, password = posted.field("login").strip(), posted.field("password")
    problems = _problems(posted, login, password)
    if problems:
        return await _form_again(visit, login, problems)
    if services.limiter is not None:
        verdict = await services.limiter.take(network_of(exchange.client_ip), services.sign_in_policy)
        if not verdict.allowed:
            return too_many(exchange, verdict.retry_after_seconds)
    # One guess at a time per name: each failure is counted before the next guess is looked at.
    async with services.secret_work.turn(f"login|{login}"):
        token = new_token()
        problem = await _sign_in(visit, login, password, token)
    if problem is not None:
        return await _form_again(visit, login, (problem,))
    return go_back(visit, cookie=session_cookie(visit, token, SESSION_LIFE_MS // SECOND_MS))


def _problems(posted: Posted, login: str, password: str) -> tuple[LoginProblem, ...]:
    if not posted.has_token("login"):
        return ("form_expired",)
    empty: tuple[tuple[str, LoginProblem], ...] = ((login, "login_missing"), (password, "password_missing"))
    return tuple(problem for value, problem in empty if not value)


async def _form_again(visit: Visit, login: str, problems: tuple[LoginProblem, ...]) -> Response:
    wish = Wish(login_name=login[:MOST_CHARACTERS], login_problems=problems)
    return page_answer(visit, await present(visit, wish))


async def _sign_in(visit: Visit, login: str, password: str, token: str) -> LoginProblem | None:
    """Verify, then store a session under ``token``, and claim the checkout; a known name costs as much as another."""
    services = visit.services
    # What no login name looks like is asked of no database.
    findable = len(login) <= MOST_CHARACTERS and login.isprintable()
    customer = await by_login(services.reader, login) if findable else None
    matches = await services.secret_work.run(partial(password_matches, customer, password))
    if customer is None or not matches:
        return await _failed(visit, login, customer)
    command = SignIn(
        session_id=services.ids.new("ses"),
        token_hash=hash_token(token),
        customer_id=customer.id,
        password_hash=customer.password_hash,
    )
    outcome = await services.committer.run(sign_in, command, visit.context(customer.id))
    if outcome.refusal is not None:
        return "credentials_locked" if outcome.refusal.code == "credentials_locked" else "credentials_wrong"
    # When another payer was first, or the time is over, the page says so.
    owner = ClaimCheckout(checkout_id=visit.checkout.id, customer_id=customer.id)
    await services.committer.run(claim, owner, visit.context(customer.id))
    return None


async def _failed(visit: Visit, login: str, customer: Customer | None) -> LoginProblem:
    services = visit.services
    command = RecordSignInFailure(customer_id=_NOBODY if customer is None else customer.id)
    outcome = await services.committer.run(record_sign_in_failure, command, visit.context())
    if customer is None:
        blocked_until = services.stranger_logins.record(login[:MOST_CHARACTERS], services.clock.now())
    elif outcome.refusal is not None:
        raise PlatformFault(f"unexpected refusal: {outcome.refusal.code}")
    else:
        blocked_until = outcome.result.blocked_until
    return "credentials_wrong" if blocked_until is None else "credentials_locked"
