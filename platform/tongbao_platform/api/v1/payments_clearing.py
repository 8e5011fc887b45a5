"""How a payment was cleared: the bank's sequence of check, hold, transfer, release and notice, step by step."""

from typing import Annotated, Literal, assert_never

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import NOT_FOUND, found
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.accounts_wire import Transaction, render_transaction
from tongbao_platform.api.v1.payments_wire import Status
from tongbao_platform.api.v1.values import Livemode, Money, PaymentId, Revision, Timestamp, path_id, shown
from tongbao_platform.api.v1.webhook_deliveries import Status as DeliveryStatus
from tongbao_platform.domain.payment_clearing import model
from tongbao_platform.domain.payment_clearing.get import get as get_clearing
from tongbao_platform.domain.webhook_deliveries.model import DeliveryProgress
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.kernel.clock import format_instant


class ClearingHoldOpened(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hold_opened"):
    """The payer's funds were checked and the amount was set aside for the payee."""

    at: Timestamp
    hold_id: str
    amount: Money
    expires_at: Timestamp | None


class ClearingPosted(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="posted"):
    """Money moved from payer to payee, and the payee's fee with it, all or none."""

    at: Timestamp
    amount: Money
    transactions: Annotated[list[Transaction], Meta(description="Those on the caller's own account, by `seq`.")]


class ClearingHoldReleased(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hold_released"):
    """What was left of the hold went back to the payer."""

    at: Timestamp
    hold_id: str
    amount: Money
    reason: Annotated[Literal["captured", "voided", "expired"], Meta(title="ClearingReleaseReason")]


class ClearingDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """How far an event is on its way to one of the caller's endpoints."""

    id: str
    endpoint_id: str
    status: DeliveryStatus
    attempt_count: int
    last_failure: str | None
    next_attempt_at: Timestamp | None
    completed_at: Timestamp | None


class ClearingNotified(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="notified"):
    """An event was committed together with the steps of the same time, for both sides."""

    at: Timestamp
    event_id: str
    event_type: str
    revision: Revision
    deliveries: Annotated[
        list[ClearingDelivery],
        Meta(description="To the caller's own endpoints; none where no endpoint wants it or it is not on its way yet."),
    ]


class PaymentClearing(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment was cleared, as the caller's side sees it."""

    payment_id: PaymentId
    object: Literal["payment_clearing"]
    livemode: Livemode
    status: Status
    revision: Revision
    steps: Annotated[
        list[ClearingHoldOpened | ClearingPosted | ClearingHoldReleased | ClearingNotified],
        Meta(description="In the order of time."),
    ]


def render_clearing(clearing: model.Clearing) -> PaymentClearing:
    """Show ``clearing`` to the merchant it was read for."""
    payment = clearing.payment
    return PaymentClearing(
        payment_id=payment.id,
        object="payment_clearing",
        livemode=payment.livemode,
        status=payment.status,
        revision=payment.revision,
        steps=[_step(step, payment.currency, livemode=payment.livemode) for step in clearing.steps],
    )


def _step(
    step: model.Step, currency: str, *, livemode: bool
) -> ClearingHoldOpened | ClearingPosted | ClearingHoldReleased | ClearingNotified:
    at = format_instant(step.at)
    match step:
        case model.HoldOpened(hold_id=hold_id, amount_minor=minor, expires_at=expires_at):
            return ClearingHoldOpened(
                at=at, hold_id=hold_id, amount=Money(minor, currency), expires_at=shown(expires_at)
            )
        case model.Posted(amount_minor=minor, transactions=transactions):
            rendered = [render_transaction(each, livemode=livemode) for each in transactions]
            return ClearingPosted(at=at, amount=Money(minor, currency), transactions=rendered)
        case model.HoldReleased(hold_id=hold_id, amount_minor=minor, reason=reason):
            return ClearingHoldReleased(at=at, hold_id=hold_id, amount=Money(minor, currency), reason=reason)
        case model.Notified():
            return ClearingNotified(
                at=at,
                event_id=step.event_id,
                event_type=step.event_type,
                revision=step.revision,
                deliveries=[_delivery(each) for each in step.deliveries],
            )
        case _:
            assert_never(step)


def _delivery(delivery: DeliveryProgress) -> ClearingDelivery:
    return ClearingDelivery(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        status=delivery.status,
        attempt_count=delivery.attempt_count,
        last_failure=delivery.last_failure,
        next_attempt_at=format_instant(delivery.due_at) if delivery.status == "pending" else None,
        completed_at=shown(delivery.completed_at),
    )


async def clearing(exchange: Exchange, services: ApiServices) -> Response:
    """Show how a payment was cleared.

    The bank's own sequence with its times: funds checked and held, each transfer that moved money, the release of what
    was left, and the events, each with its deliveries to the caller's endpoints. Payee and payer each see their own
    transactions and deliveries.
    """
    viewer = exchange.require_caller().merchant_id
    cleared = await get_clearing(services.reader, viewer, exchange.path_values["id"])
    return exchange.refuse(NOT_FOUND) if cleared is None else found(render_clearing(cleared))


OPERATIONS = (
    OperationSpec(
        method="GET",
        path="/v1/payments/{id}/clearing",
        operation_id="payments.clearing",
        scope="payments:read",
        tag="payments",
        handler=clearing,
        path_parameters=path_id("pay", "payment"),
        result=PaymentClearing,
        statuses={200: "The steps."},
    ),
)
