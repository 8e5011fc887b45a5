"""Read how a payment was cleared: check and hold, postings, release, notices to both sides.

The payment's row says what happened and when; the book and the outbox add what is written there for ever. A payment
that changes meanwhile is told as it stood when its row was read.
"""

from collections.abc import Sequence

from tongbao_platform.domain.payment_clearing.model import (
    Clearing,
    HoldOpened,
    HoldReleased,
    Notified,
    Posted,
    ReleaseReason,
    Step,
)
from tongbao_platform.domain.payment_clearing.store import ClearingStore, EventLine
from tongbao_platform.domain.payments.get import get as get_payment
from tongbao_platform.domain.payments.holds import hold_id_of
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.webhook_deliveries.progress import progress_of
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import Hold

_ORDER = (HoldOpened, Posted, HoldReleased, Notified)


async def get(reader: Reader, merchant_id: str, payment_id: str) -> Clearing | None:
    """Return the clearing as ``merchant_id``, payee or payer, may see it; ``None`` for strangers and unknown ids."""
    payment = await get_payment(reader, merchant_id, payment_id)
    if payment is None:
        return None
    store = ClearingStore(reader, payment.id)
    hold = await store.hold(hold_id_of(payment.id)) if payment.capture_method == "manual" else None
    events = await store.events(payment.merchant_id, payment.revision)
    steps: list[Step] = [
        *_held(payment, hold, events),
        *await _posted(store, payment, merchant_id),
        *await _notified(reader, merchant_id, events),
    ]
    steps.sort(key=lambda step: (step.at, _ORDER.index(type(step))))
    return Clearing(payment=payment, steps=tuple(steps))


def _held(payment: Payment, hold: Hold | None, events: Sequence[EventLine]) -> list[Step]:
    if hold is None:
        return []
    opened = HoldOpened(at=hold.created_at, hold_id=hold.id, amount_minor=hold.amount_minor, expires_at=hold.expires_at)
    rest_minor = payment.amount_minor - payment.amount_captured_minor
    if payment.status == "authorized" or rest_minor == 0:
        return [opened]
    return [
        opened,
        HoldReleased(at=_ended_at(payment, events), hold_id=hold.id, amount_minor=rest_minor, reason=_reason(hold)),
    ]


def _ended_at(payment: Payment, events: Sequence[EventLine]) -> Instant:
    # A canceled payment's row has no time of its own; its last event was committed with it.
    return payment.succeeded_at if payment.succeeded_at is not None else events[-1].occurred_at


def _reason(hold: Hold) -> ReleaseReason:
    if hold.status == "expired":
        return "expired"
    return "voided" if hold.status == "released" else "captured"


async def _posted(store: ClearingStore, payment: Payment, merchant_id: str) -> list[Posted]:
    is_payee = merchant_id == payment.merchant_id
    account_id = payment.payee_account_id if is_payee else payment.payer_account_id
    moments = {capture.captured_at for capture in payment.captures}
    if not moments and payment.succeeded_at is not None:
        moments = {payment.succeeded_at}
    return [
        Posted(at=moment, amount_minor=abs(group.transactions[0].amount_minor), transactions=group.transactions)
        for moment in sorted(moments)
        for group in await store.posted(account_id or "", payment.currency, moment)
    ]


async def _notified(reader: Reader, merchant_id: str, events: Sequence[EventLine]) -> list[Notified]:
    deliveries = await progress_of(reader, merchant_id, [event.id for event in events])
    return [
        Notified(
            at=event.occurred_at,
            event_id=event.id,
            event_type=event.type,
            revision=event.revision,
            deliveries=tuple(each for each in deliveries if each.event_id == event.id),
        )
        for event in events
    ]
