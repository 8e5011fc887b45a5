"""The operations on authorized payments: capture and void."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.payments_wire import Payment, render_payment
from tongbao_platform.api.v1.values import Amount, path_id
from tongbao_platform.api.writing import Shown, run
from tongbao_platform.domain.payments import capture as capture_payment
from tongbao_platform.domain.payments import void as void_payment
from tongbao_platform.http.decode import Decoder, refuse_body
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.kernel.errors import Refusal


class PaymentCaptureInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an authorized payment is captured; an empty object captures all that is left."""

    amount: (
        Annotated[Amount, Meta(description="At most `amount_capturable`; without it all that is left.")] | UnsetType
    ) = UNSET
    final: Annotated[
        bool,
        Meta(description="Whether the rest goes back to the payer; with false, more may be captured later."),
    ] = True


_CAPTURE: Final = Decoder(PaymentCaptureInput)


async def capture(exchange: Exchange, services: ApiServices) -> Response:
    """Capture a payment.

    Takes the whole authorized amount, or a part of it, before `capture_before`. Unless `final` is false the rest goes
    back to the payer and the payment is `succeeded`; with false it stays `authorized` until nothing is left. The fee is
    taken with each part, and adds up to the fee of the sum. Only the payee captures.
    """
    body = _CAPTURE.decode(exchange.body)
    if isinstance(body, Refusal):
        return exchange.refuse(body)
    viewer = exchange.require_caller().merchant_id
    amount = None if isinstance(body.amount, UnsetType) else body.amount
    command = capture_payment.CapturePayment(
        payment_id=exchange.path_values["id"],
        amount_minor=None if amount is None else amount.value,
        final=body.final,
        currency=None if amount is None else amount.currency,
        by_merchant_id=viewer,
    )

    def show(result: capture_payment.CapturedPayment) -> Shown:
        return Shown(render_payment(result.payment, viewer))

    return await run(exchange, services, capture_payment, command, show)


async def void(exchange: Exchange, services: ApiServices) -> Response:
    """Void a payment.

    Gives what is still held back to the payer, before `capture_before`. The payment is `canceled`, or `succeeded` with
    what was captured before. Only the payee voids.
    """
    refusal = refuse_body(exchange.body)
    if refusal is not None:
        return exchange.refuse(refusal)
    viewer = exchange.require_caller().merchant_id
    command = void_payment.VoidPayment(payment_id=exchange.path_values["id"], by_merchant_id=viewer)

    def show(result: void_payment.VoidedPayment) -> Shown:
        return Shown(render_payment(result.payment, viewer))

    return await run(exchange, services, void_payment, command, show)


OPERATIONS = (
    OperationSpec(
        method="POST",
        path="/v1/payments/{id}/capture",
        operation_id="payments.capture",
        scope="payments:write",
        tag="payments",
        handler=capture,
        path_parameters=path_id("pay", "payment"),
        body=PaymentCaptureInput,
        result=Payment,
        statuses={200: "The payment after the capture."},
        refusals=("payment_invalid_state", "currency_mismatch", "limit_exceeded"),
        events=("payment.partially_captured", "payment.succeeded"),
    ),
    OperationSpec(
        method="POST",
        path="/v1/payments/{id}/void",
        operation_id="payments.void",
        scope="payments:write",
        tag="payments",
        handler=void,
        path_parameters=path_id("pay", "payment"),
        result=Payment,
        statuses={200: "The payment without its hold."},
        refusals=("payment_invalid_state",),
        events=("payment.canceled", "payment.succeeded"),
    ),
)
