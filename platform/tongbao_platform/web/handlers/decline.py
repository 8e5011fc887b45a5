"""``POST /checkout/<token>/decline``: the payer does not want to pay; until it expires the payer may think again."""

from tongbao_platform.domain.payments import decline_by_payer
from tongbao_platform.domain.payments.decline_by_payer import DeclinePayment
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.web.csrf import FIELD_NAME
from tongbao_platform.web.handlers.answers import go_back
from tongbao_platform.web.handlers.payer_form import make_own, receive_from_payer
from tongbao_platform.web.services import WebServices


async def decline(exchange: Exchange, services: WebServices) -> Response:
    """Note the payer's no; the page that follows shows the state, whatever it is by then."""
    form = await receive_from_payer(exchange, services, "decline")
    if isinstance(form, Response):
        return form
    visit = form.visit
    if visit.payment.status == "requires_action" and await make_own(form):
        # Each rendered form has a token of its own; its public half makes a double tap one attempt.
        nonce = form.posted.field(FIELD_NAME).partition(".")[0]
        command = DeclinePayment(
            payment_id=visit.payment.id, customer_id=form.customer.id, attempt_key=f"decline.{nonce}"
        )
        await services.committer.run(decline_by_payer, command, visit.context(form.customer.id))
    return go_back(visit)
