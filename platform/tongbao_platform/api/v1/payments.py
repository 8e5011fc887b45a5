"""The operations of payments."""

from typing import Final

from msgspec import UnsetType

from tongbao_platform.api.reading import NOT_FOUND, Listing, Position, found, page
from tongbao_platform.api.services import CHECKOUT_TOKEN, ApiServices
from tongbao_platform.api.v1.payments_wire import (
    H5MethodInput,
    Payment,
    PaymentCreate,
    PaymentPage,
    PaymentQuery,
    render_payment,
)
from tongbao_platform.api.v1.values import END, instant_or_none, path_id
from tongbao_platform.api.writing import Shown, run
from tongbao_platform.domain.payments import close as close_payment
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.payments import get as payment_get
from tongbao_platform.domain.payments import list as payment_list
from tongbao_platform.domain.payments.filters import PaymentFilter, PaymentPosition
from tongbao_platform.domain.payments.model import AccountMethod as AccountMethodModel
from tongbao_platform.domain.payments.model import H5Method as H5MethodModel
from tongbao_platform.domain.payments.model import Payment as PaymentModel
from tongbao_platform.domain.payments.model import Scene as SceneModel
from tongbao_platform.http.decode import Decoder, refuse_body
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec, PathParameter
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.identity.token_hash import hash_token, new_token
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

_CREATE: Final = Decoder(PaymentCreate)
_LIST: Final = QueryDecoder(PaymentQuery, metadata_filter=True)


async def create(exchange: Exchange, services: ApiServices) -> Response:
    """Create a payment.

    An `h5` payment answers with `next_action`: send the payer's browser to its `url`. An `account` payment is posted at
    once; without funds it is stored with status `failed` and `last_error`, which is not an HTTP error. With
    `capture_method` `manual` the money is held instead (`authorized`) until the payee captures or voids it. Repeating
    the request with the same `merchant_order_no` and the same parameters gives the existing payment with 200.
    """
    body = _CREATE.decode(exchange.body)
    if isinstance(body, Refusal):
        return exchange.refuse(body)
    viewer = exchange.require_caller().merchant_id
    token = new_token() if isinstance(body.method, H5MethodInput) else ""
    command = await _command(exchange, services, body, token)

    def show(result: create_payment.CreatedPayment) -> Shown:
        payment = result.payment
        if result.existing:
            url = _checkout_url(services, payment)
            return Shown(render_payment(payment, viewer, url), secret=url is not None)
        url = f"{services.checkout_base}/checkout/{token}" if token else None
        return Shown(render_payment(payment, viewer, url), 201, f"/v1/payments/{payment.id}", secret=url is not None)

    return await run(exchange, services, create_payment, command, show)


async def list_payments(exchange: Exchange, services: ApiServices) -> Response:
    """List payments.

    Newest first, those that the caller receives and those that it pays. Filter by status, number, time of creation and
    `metadata.<key>`.
    """
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    viewer = exchange.require_caller().merchant_id
    values = query.values
    wanted = PaymentFilter(
        status=values.status,
        created_from=instant_or_none(values.created_from),
        created_to=instant_or_none(values.created_to),
        merchant_order_no=values.merchant_order_no,
        metadata=query.metadata,
    )

    async def fetch(after: Position | None, limit: int) -> list[PaymentModel]:
        behind = None if after is None else PaymentPosition(Instant(int(after[0])), str(after[1]))
        return await payment_list.list_payments(services.reader, viewer, wanted, behind, limit)

    listing = Listing(
        fetch,
        lambda payment: (payment.created_at, payment.id),
        lambda payment: render_payment(payment, viewer, _checkout_url(services, payment)),
    )
    return await page(exchange, services, query, listing)


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get a payment."""
    viewer = exchange.require_caller().merchant_id
    return _one(exchange, services, await payment_get.get(services.reader, viewer, exchange.path_values["id"]))


async def get_by_merchant_order_no(exchange: Exchange, services: ApiServices) -> Response:
    """Get a payment by the merchant's own number.

    This is how an unknown outcome is resolved: ask for the number before trying again. Only the merchant that created
    the payment finds it here.
    """
    viewer = exchange.require_caller().merchant_id
    number = exchange.path_values["merchant_order_no"]
    return _one(exchange, services, await payment_get.get_by_merchant_order_no(services.reader, viewer, number))


async def close(exchange: Exchange, services: ApiServices) -> Response:
    """Close a payment.

    A payment that nobody has paid becomes `canceled` and its checkout ends. Closing a closed one answers 200 with it.
    """
    refusal = refuse_body(exchange.body)
    if refusal is not None:
        return exchange.refuse(refusal)
    viewer = exchange.require_caller().merchant_id
    command = close_payment.ClosePayment(payment_id=exchange.path_values["id"])

    def show(result: close_payment.ClosedPayment) -> Shown:
        return Shown(render_payment(result.payment, viewer))

    return await run(exchange, services, close_payment, command, show)


def _one(exchange: Exchange, services: ApiServices, payment: PaymentModel | None) -> Response:
    if payment is None:
        return exchange.refuse(NOT_FOUND)
    viewer = exchange.require_caller().merchant_id
    return found(render_payment(payment, viewer, _checkout_url(services, payment)))


def _checkout_url(services: ApiServices, payment: PaymentModel) -> str | None:
    """Return the address of the checkout while it is of use; the token lies sealed on the payment."""
    if payment.status != "requires_action" or payment.checkout_token_sealed is None:
        return None
    sealed = payment.checkout_token_sealed.decode("ascii")
    token = services.vault.open(CHECKOUT_TOKEN, payment.id, sealed).decode("ascii")
    return f"{services.checkout_base}/checkout/{token}"


async def _command(
    exchange: Exchange, services: ApiServices, body: PaymentCreate, token: str
) -> create_payment.CreatePayment:
    """Fill the command: ids and secrets are drawn here, facts come from caches, so that a re-run decides the same."""
    caller = exchange.require_caller()
    payment_id = services.ids.new("pay")
    checkout: create_payment.NewCheckout | None = None
    method: H5MethodModel | AccountMethodModel
    asked = body.method
    if isinstance(asked, H5MethodInput):
        payee = await services.payees.own(caller.merchant_id, body.amount.currency)
        method = H5MethodModel(asked.return_url)
        sealed = services.vault.seal(CHECKOUT_TOKEN, payment_id, token.encode("ascii"))
        checkout = create_payment.NewCheckout(token_hash=hash_token(token), token_sealed=sealed.encode("ascii"))
    elif isinstance(asked.payee_account_id, UnsetType):
        payee = await services.payees.own(caller.merchant_id, body.amount.currency)
        own_account_id = asked.source_account_id if payee is None else payee.account_id
        method = AccountMethodModel(asked.source_account_id, own_account_id)
    else:
        payee = await services.payees.of_account(asked.payee_account_id)
        method = AccountMethodModel(asked.source_account_id, asked.payee_account_id)
    scene = body.scene
    return create_payment.CreatePayment(
        payment_id=payment_id,
        creator_merchant_id=caller.merchant_id,
        client_id=caller.client_id,
        livemode=caller.livemode,
        merchant_order_no=body.merchant_order_no,
        amount_minor=body.amount.value,
        currency=body.amount.currency,
        method=method,
        payee=payee,
        description=body.description,
        capture_method=body.capture_method,
        expires_at=instant_or_none(body.expires_at),
        scene=None
        if isinstance(scene, UnsetType)
        else SceneModel(
            client_ip=scene.client_ip or None, store_id=scene.store_id or None, device_id=scene.device_id or None
        ),
        metadata=body.metadata,
        checkout=checkout,
    )


_PAYMENT_EVENTS = (
    "payment.created",
    "payment.processing",
    "payment.authorized",
    "payment.succeeded",
    "payment.failed",
)
_NUMBER = {
    "merchant_order_no": PathParameter(
        "^[A-Za-z0-9_-]{1,64}" + END, "The number that the merchant gave the payment.", "20261122-0001"
    )
}

OPERATIONS = (
    OperationSpec(
        method="POST",
        path="/v1/payments",
        operation_id="payments.create",
        scope="payments:write",
        tag="payments",
        handler=create,
        body=PaymentCreate,
        result=Payment,
        statuses={201: "The payment was created.", 200: "The payment with this number and these parameters exists."},
        refusals=("merchant_number_conflict", "return_url_not_registered", "currency_mismatch", "limit_exceeded"),
        sealed=True,
        events=_PAYMENT_EVENTS,
    ),
    OperationSpec(
        method="GET",
        path="/v1/payments",
        operation_id="payments.list",
        scope="payments:read",
        tag="payments",
        handler=list_payments,
        query=PaymentQuery,
        metadata_filter=True,
        result=PaymentPage,
        statuses={200: "A page of payments."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/payments/{id}",
        operation_id="payments.get",
        scope="payments:read",
        tag="payments",
        handler=get,
        path_parameters=path_id("pay", "payment"),
        result=Payment,
        statuses={200: "The payment."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/payments/by-merchant-order-no/{merchant_order_no}",
        operation_id="payments.get_by_merchant_order_no",
        scope="payments:read",
        tag="payments",
        handler=get_by_merchant_order_no,
        path_parameters=_NUMBER,
        result=Payment,
        statuses={200: "The payment."},
    ),
    OperationSpec(
        method="POST",
        path="/v1/payments/{id}/close",
        operation_id="payments.close",
        scope="payments:write",
        tag="payments",
        handler=close,
        path_parameters=path_id("pay", "payment"),
        result=Payment,
        statuses={200: "The closed payment."},
        refusals=("payment_invalid_state",),
        events=("payment.canceled",),
    ),
)
