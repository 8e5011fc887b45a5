"""A visitor on a checkout page: which payment, which session, who is signed in."""

import hmac
import re
from typing import Final

import msgspec

from tongbao_platform.domain.checkouts.get import by_token
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.customers.get import signed_in
from tongbao_platform.domain.customers.sign_in import SignedIn
from tongbao_platform.domain.merchants.model import Merchant
from tongbao_platform.domain.payments import expire
from tongbao_platform.domain.payments.expire import ExpirePayment, is_due
from tongbao_platform.domain.payments.get import get as get_payment
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.execution.operation import Context
from tongbao_platform.http.exchange import Exchange
from tongbao_platform.identity.token_hash import hash_token, new_token
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.web.language import Language
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.session_cookie import read_cookie

ACTOR: Final = "system:checkout"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_SECRET_OF_SESSION: Final = b"tongbao checkout session v1|"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a checkout page.

    ``session`` is the cookie's value; a new one when the browser sent none (``is_new``). Before login it is nothing but
    a random value of the browser's own; at login it is replaced by one that is stored (hashed) with the customer.
    """

    exchange: Exchange
    services: WebServices
    language: Language
    checkout: Checkout
    payment: Payment
    merchant: Merchant
    session: str
    is_new: bool
    signed_in: SignedIn | None

    @property
    def path(self) -> str:
        """The page's own path."""
        return "/checkout/" + self.exchange.path_values["token"]

    @property
    def session_secret(self) -> bytes:
        """What the session's form tokens are made with: 32 bytes that only this server can make from the cookie."""
        return hmac.digest(self.services.session_key, _SECRET_OF_SESSION + self.session.encode(), "sha256")

    def context(self, actor: str = ACTOR) -> Context:
        """Return the context of an operation; pages act for no client, and the domain checks whose payment it is."""
        return Context(actor=actor, request_id=self.exchange.request_id)


async def open_visit(exchange: Exchange, services: WebServices, language: Language) -> Visit | None:
    """Find everything about the visit; ``None`` when no checkout has this token.

    A payment whose time is over is expired here, so that page, API and the result for the merchant say the same.
    """
    token = exchange.path_values["token"]
    checkout = await by_token(services.reader, hash_token(token)) if _TOKEN.fullmatch(token) else None
    if checkout is None:
        return None
    payment = await get_payment(services.reader, None, checkout.id)
    merchant = await services.directory.merchant(checkout.merchant_id)
    if payment is None or merchant is None:
        raise PlatformFault("a checkout without its payment or merchant")
    cookies = exchange.header_values(b"cookie")
    sent = read_cookie(b"; ".join(cookies).decode("latin-1"), secure=services.secure)
    now = services.clock.now()
    visit = Visit(
        exchange=exchange,
        services=services,
        language=language,
        checkout=checkout,
        payment=payment,
        merchant=merchant,
        session=sent or new_token(),
        is_new=sent is None,
        signed_in=None if sent is None else await signed_in(services.reader, hash_token(sent), now),
    )
    return await _expired(visit) if is_due(payment, now) else visit


async def _expired(visit: Visit) -> Visit:
    command = ExpirePayment(payment_id=visit.payment.id)
    outcome = await visit.services.committer.run(expire, command, visit.context())
    if outcome.refusal is not None:
        raise PlatformFault(f"unexpected refusal: {outcome.refusal.code}")
    return msgspec.structs.replace(visit, payment=outcome.result.payment)
