"""What confirming and declining have in common: a signed-in payer, a form of this session, the checkout its own."""

import msgspec

from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.web.csrf import FormName
from tongbao_platform.web.handlers.answers import page_answer
from tongbao_platform.web.handlers.form import Posted, receive
from tongbao_platform.web.handlers.state import Wish, present
from tongbao_platform.web.handlers.visit import Visit
from tongbao_platform.web.services import WebServices


class PayerForm(msgspec.Struct, frozen=True):
    """A form that this session's payer really sent."""

    posted: Posted
    customer: Customer

    @property
    def visit(self) -> Visit:
        """The visit it belongs to."""
        return self.posted.visit


async def receive_from_payer(exchange: Exchange, services: WebServices, form: FormName) -> PayerForm | Response:
    """Read the form; who is not signed in (any more), or sent an old or a foreign form, gets the page instead."""
    posted = await receive(exchange, services)
    if isinstance(posted, Response):
        return posted
    visit = posted.visit
    if visit.signed_in is None:
        return page_answer(visit, await present(visit, Wish(notice="session_expired")))
    if not posted.has_token(form):
        return page_answer(visit, await present(visit, Wish(confirm_problems=("form_expired",))))
    return PayerForm(posted, visit.signed_in.customer)


async def make_own(form: PayerForm) -> bool:
    """Make the payer the checkout's owner, as the login does; a payer may have been signed in before.

    ``False`` when it is another's or over.
    """
    visit, customer = form.visit, form.customer
    if visit.checkout.customer_id == customer.id:
        return True
    command = ClaimCheckout(checkout_id=visit.checkout.id, customer_id=customer.id)
    outcome = await visit.services.committer.run(claim, command, visit.context(customer.id))
    return outcome.refusal is None
