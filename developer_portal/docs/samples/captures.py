"""A merchant that holds the money when it is ordered and takes it when it ships.

Importing it does nothing; ``merchant.py`` is a whole server around functions like these.
"""

from dataclasses import dataclass, field

from tongbao import ConflictError, Tongbao, models


@dataclass
class Shipment:
    """What the shop knows about one order. Money is a whole number of fen."""

    payment_id: str
    reserved: bool = False
    taken: int = 0
    closed: bool = False
    clearing: list[str] = field(default_factory=list)


# --8<-- [start:authorize]
def authorize(client: Tongbao, order_no: str, fen: int, return_url: str) -> models.Payment:
    return client.payments.create(
        merchant_order_no=order_no,
        amount={"value": fen, "currency": "CNY"},
        method={"type": "h5", "return_url": return_url},
        capture_method="manual",
    )


# --8<-- [end:authorize]


# --8<-- [start:capture]
def ship_parcel(client: Tongbao, payment_id: str, parcel_no: str, fen: int, *, last: bool) -> models.Payment:
    return client.payments.capture(
        payment_id,
        amount={"value": fen, "currency": "CNY"},
        final=last,  # the last parcel gives the rest back to the payer
        idempotency_key=f"parcel-{parcel_no}",  # one parcel is paid once, however often this runs
    )


def take_everything(client: Tongbao, payment_id: str) -> models.Payment:
    return client.payments.capture(payment_id, idempotency_key=f"all-{payment_id}")


# --8<-- [end:capture]


# --8<-- [start:void]
def give_up(client: Tongbao, payment_id: str) -> str:
    try:
        return client.payments.void(payment_id, idempotency_key=f"void-{payment_id}").status.value
    except ConflictError as error:  # captured, voided or expired before: the hold is gone in any case
        return str(error.problem["current_status"])


# --8<-- [end:void]


# --8<-- [start:events]
def apply(shipment: Shipment, event: models.PaymentEvent) -> None:
    # Called for events that are verified, not handled before, and of a greater revision (see Webhooks).
    payment = event.data
    shipment.reserved = event.type == "payment.authorized" or shipment.reserved
    shipment.taken = payment.amount_captured.value
    if event.type in ("payment.succeeded", "payment.canceled"):
        shipment.closed = True  # nothing is held any more


# --8<-- [end:events]


# --8<-- [start:clearing]
def read_clearing(client: Tongbao, shipment: Shipment) -> None:
    for step in client.payments.clearing(shipment.payment_id).steps:
        if isinstance(step, models.ClearingHoldOpened | models.ClearingPosted | models.ClearingHoldReleased):
            shipment.clearing.append(f"{step.type} {step.amount.value}")
        elif isinstance(step, models.ClearingNotified):
            shipment.clearing.append(f"{step.event_type}: {[each.status.value for each in step.deliveries]}")


# --8<-- [end:clearing]
