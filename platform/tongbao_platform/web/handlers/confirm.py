"""``POST /checkout/<token>/confirm``: the payer pays.

The same form twice (a double tap, a retry, the back button) is one attempt and ends at the same page.
"""

import hmac
import logging
import re
from functools import partial
from typing import Final

from tongbao_platform.domain.customers import record_pin_failure
from tongbao_platform.domain.customers.get import get as get_customer
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.pin import is_pin, pin_matches
from tongbao_platform.domain.customers.record_pin_failure import MOST_FAILURES, RecordPinFailure
from tongbao_platform.domain.payments import confirm as confirm_payment
from tongbao_platform.domain.payments.attempts import attempt_made
from tongbao_platform.domain.payments.confirm import ConfirmPayment
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.execution.operation import Claim, Context, OneTime, Outcome
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.kernel.clock import DAY_MS, later
from tongbao_platform.kernel.errors import OutcomeInDoubt, PlatformFault, Refusal
from tongbao_platform.web.handlers.answers import go_back, page_answer
from tongbao_platform.web.handlers.payer_form import PayerForm, make_own, receive_from_payer
from tongbao_platform.web.handlers.state import Wish, order_of, payer_accounts, place_of, present
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.views import AlreadyPaid, ConfirmProblem, Processing

_log = logging.getLogger("tongbao.errors")
_ATTEMPT: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_PIN_TRY: Final = b"tongbao pin try v1|"
_SAME_TRY: Final = Refusal(code="pin_try_repeated", detail="This form with this PIN was counted before.", stored=False)


async def confirm(exchange: Exchange, services: WebServices) -> Response:
    """Verify the PIN and move or hold the money; the page that follows shows what became of it."""
    form = await receive_from_payer(exchange, services, "confirm")
    if isinstance(form, Response):
        return form
    visit, attempt = form.visit, form.posted.field("attempt")
    if _ATTEMPT.fullmatch(attempt) is None:
        return await _form_again(form, "form_expired")
    if visit.payment.status != "requires_action":
        return await _over(form, visit.payment)
    if attempt_made(visit.payment, attempt):
        return go_back(visit)
    problems = await _problems(form)
    if problems:
        return await _form_again(form, *problems)
    if not await make_own(form):
        return go_back(visit)
    # One guess at a time per customer: each failure is counted before the next guess is looked at.
    async with services.secret_work.turn(f"pin|{form.customer.id}"):
        customer = await get_customer(services.reader, form.customer.id)
        if customer is None or customer.pin_locked_at is not None:
            return go_back(visit)
        if not await services.secret_work.run(partial(pin_matches, customer, form.posted.field("pin"))):
            return await _wrong_pin(form, customer)
        return await _pay(form, customer)


async def _problems(form: PayerForm) -> list[ConfirmProblem]:
    problems: list[ConfirmProblem] = []
    account_id, pin = form.posted.field("account_id"), form.posted.field("pin")
    if not account_id:
        problems.append("account_missing")
    elif account_id not in {account.id for account, _ in await payer_accounts(form.visit, form.customer)}:
        problems.append("account_unknown")
    if not pin:
        problems.append("pin_missing")
    elif not is_pin(pin):
        problems.append("pin_format")
    return problems


async def _form_again(form: PayerForm, *problems: ConfirmProblem, tries_left: int | None = None) -> Response:
    wish = Wish(confirm_problems=problems, tries_left=tries_left, account_id=form.posted.field("account_id") or None)
    return page_answer(form.visit, await present(form.visit, wish))


async def _over(form: PayerForm, payment: Payment) -> Response:
    """Show what the payment is; who has paid it with another form learns that nothing is charged again."""
    visit = form.visit
    paid_by_payer = payment.status == "succeeded" and payment.payer_customer_id == form.customer.id
    if paid_by_payer and not attempt_made(payment, form.posted.field("attempt")):
        return page_answer(visit, AlreadyPaid(order=order_of(visit), place=await place_of(visit), by_you=True))
    return go_back(visit)


async def _wrong_pin(form: PayerForm, customer: Customer) -> Response:
    services = form.visit.services
    guess = f"{form.posted.field('attempt')}|{form.posted.field('pin')}".encode()
    # A double tap is one guess: the same PIN on the same form counts once. What is kept tells nobody the PIN.
    once = Claim(
        kind="pin_try",
        scope=customer.id,
        value=hmac.digest(services.session_key, _PIN_TRY + guess, "sha256").hex(),
        expires_at=later(services.clock.now(), DAY_MS),
    )
    outcome = await services.committer.run(
        record_pin_failure,
        RecordPinFailure(customer_id=customer.id, pin_hash=customer.pin_hash),
        Context(actor=customer.id, once=OneTime(once, _SAME_TRY), request_id=form.visit.exchange.request_id),
    )
    tries_left = _tries_left(outcome, customer)
    if tries_left <= 0:
        return go_back(form.visit)
    return await _form_again(form, "pin_wrong", tries_left=tries_left)


def _tries_left(outcome: Outcome, customer: Customer) -> int:
    if outcome.refusal is None:
        left: int = outcome.result.tries_left
        return left
    if outcome.refusal.code != _SAME_TRY.code:
        raise PlatformFault(f"unexpected refusal: {outcome.refusal.code}")
    return MOST_FAILURES - customer.pin_failures


async def _pay(form: PayerForm, customer: Customer) -> Response:
    visit = form.visit
    command = ConfirmPayment(
        payment_id=visit.payment.id,
        customer_id=customer.id,
        payer_account_id=form.posted.field("account_id"),
        attempt_key=form.posted.field("attempt"),
        pin_hash=customer.pin_hash,
    )
    try:
        outcome = await visit.services.committer.run(confirm_payment, command, visit.context(customer.id))
    except OutcomeInDoubt:
        # The money may have moved: "still processing" is all that is true.
        _log.exception("outcome in doubt", extra={"request_id": visit.exchange.request_id})
        return page_answer(visit, Processing(order=order_of(visit), place=await place_of(visit)))
    refusal = outcome.refusal
    if refusal is None:
        if outcome.result.outcome == "already_succeeded":
            return await _over(form, outcome.result.payment)
        return go_back(visit)
    if refusal.code == "pin_wrong":
        return await _form_again(form, "pin_wrong")
    if refusal.code in ("account_unknown", "currency_mismatch"):
        return await _form_again(form, "account_unknown")
    return go_back(visit)
