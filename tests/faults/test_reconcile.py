"""The reconciliation can fail: journals and databases made up for it, one thing wrong at a time."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from tests.faults.journal import Intent, Kind, Operation, Outcome, Replay, Told
from tests.faults.reconcile import Delivered, Finding, reconcile
from tests.faults.stored import EventRow, Leg, PaymentRow, RefundRow, Stored

BUYER, SHOP = "mch_buyer", "mch_shop"
TYPES = ("payment.succeeded", "payment.failed", "payment.authorized", "refund.succeeded")


class Witnesses(msgspec.Struct):
    """Both sides of a run in which nothing is wrong, until a test changes something."""

    operations: dict[str, Operation]
    stored: Stored
    delivered: Delivered

    def findings(self) -> list[Finding]:
        return reconcile(list(self.operations.values()), self.stored, self.delivered)


def operation(kind: Kind, key: str, told: Told, subject: str | None = None) -> Operation:
    number = key if kind in {"pay", "authorize", "refund"} else None
    intent = Intent(
        key=key,
        kind=kind,
        client_id="app",
        merchant_id=BUYER if kind in {"pay", "authorize"} else SHOP,
        target="/v1/payments",
        body="{}",
        amount_minor=told.amount_minor or 100,
        expected=told.state or told.code,
        number=number,
        subject=subject,
    )
    return Operation(intent=intent, outcome=Outcome(key=key, told=told))


def told(object_id: str, state: str, amount: int, captured: int, revision: int = 1) -> Told:
    return Told(
        status=201,
        sha256=f"{object_id}{revision}",
        object_id=object_id,
        state=state,
        amount_minor=amount,
        captured_minor=captured,
        fee_minor=captured // 100,
        revision=revision,
    )


def payment(payment_id: str, number: str, status: str, amounts: tuple[int, int, int], revision: int) -> PaymentRow:
    amount, captured, refunded = amounts
    return PaymentRow(payment_id, BUYER, number, status, amount, captured, refunded, captured // 100, revision)


@pytest.fixture
def run() -> Witnesses:
    """Give a payment with a refund, a declined one, a refused refund, and one that was captured in two parts."""
    operations = [
        operation("pay", "paid", told("pay_1", "succeeded", 1_000, 1_000)),
        operation("pay", "declined", told("pay_2", "failed", 500, 0)),
        operation("authorize", "held", told("pay_3", "authorized", 800, 0)),
        operation("capture", "first", told("pay_3", "authorized", 800, 300, 2), "pay_3"),
        operation("capture", "last", told("pay_3", "succeeded", 800, 800, 3), "pay_3"),
        operation("refund", "back", told("ref_1", "succeeded", 400, 0), "pay_1"),
        operation("refund", "too-much", Told(status=422, sha256="", code="refund_exceeds_payment"), "pay_1"),
    ]
    operations[0].replays = [Replay(key="paid", told=told("pay_1", "succeeded", 1_000, 1_000), marked=True)]
    events = [
        EventRow("evt_1", "payment.succeeded", "pay_1", 1, SHOP),
        EventRow("evt_2", "payment.failed", "pay_2", 1, SHOP),
        EventRow("evt_3", "payment.authorized", "pay_3", 1, SHOP),
        EventRow("evt_4", "payment.partially_captured", "pay_3", 2, SHOP),
        EventRow("evt_5", "payment.succeeded", "pay_3", 3, SHOP),
        EventRow("evt_6", "refund.succeeded", "ref_1", 1, SHOP),
    ]
    stored = Stored(
        payments=[
            payment("pay_1", "paid", "succeeded", (1_000, 1_000, 400), 2),
            payment("pay_2", "declined", "failed", (500, 0, 0), 1),
            payment("pay_3", "held", "succeeded", (800, 800, 0), 3),
        ],
        refunds=[RefundRow("ref_1", SHOP, "back", "pay_1", "succeeded", 400)],
        legs=[
            Leg("pay_1", "g1", "payment", 1_000, 1),
            Leg("pay_1", "g1", "fee", 10, 1),
            Leg("pay_3", "g2", "payment", 300, 1),
            Leg("pay_3", "g3", "payment", 500, 1),
            Leg("ref_1", "g4", "refund", 400, 1),
        ],
        events=events,
        ledger_sum_minor=0,
        held_drift_minor=0,
    )
    return Witnesses(
        {each.intent.key: each for each in operations}, stored, Delivered({each.id for each in events}, TYPES, [SHOP])
    )


def without_payment(run: Witnesses) -> None:
    run.stored.payments.pop(0)


def with_another_id(run: Witnesses) -> None:
    run.stored.payments[0] = replace(run.stored.payments[0], id="pay_9")


def with_another_amount(run: Witnesses) -> None:
    run.stored.payments[0] = replace(run.stored.payments[0], amount_minor=999)


def with_another_status(run: Witnesses) -> None:
    run.stored.payments[2] = replace(run.stored.payments[2], status="authorized")


def with_less_refunded(run: Witnesses) -> None:
    run.stored.payments[0] = replace(run.stored.payments[0], refunded_minor=0)


def with_an_older_revision(run: Witnesses) -> None:
    run.stored.payments[2] = replace(run.stored.payments[2], revision=2)


def without_refund(run: Witnesses) -> None:
    run.stored.refunds.clear()


def with_another_refund_amount(run: Witnesses) -> None:
    run.stored.refunds[0] = replace(run.stored.refunds[0], amount_minor=1)


def without_legs(run: Witnesses) -> None:
    run.stored.legs.pop(0)


def with_one_capture_less(run: Witnesses) -> None:
    run.stored.legs.pop(2)


def with_another_answer_to_a_repeat(run: Witnesses) -> None:
    run.operations["paid"].replays = [Replay(key="paid", told=told("pay_9", "succeeded", 1_000, 1_000), marked=True)]


def with_two_payments_of_a_number(run: Witnesses) -> None:
    run.stored.payments.append(replace(run.stored.payments[0], id="pay_9"))


def with_two_refunds_of_a_number(run: Witnesses) -> None:
    run.stored.refunds.append(replace(run.stored.refunds[0], id="ref_9"))


def with_second_legs(run: Witnesses) -> None:
    run.stored.legs.append(Leg("pay_1", "g9", "payment", 1_000, 1))


def with_legs_twice_in_a_group(run: Witnesses) -> None:
    run.stored.legs[0] = Leg("pay_1", "g1", "payment", 2_000, 2)


def with_a_capture_twice(run: Witnesses) -> None:
    run.stored.legs.append(Leg("pay_3", "g9", "payment", 300, 1))


def with_a_second_event(run: Witnesses) -> None:
    run.stored.events.append(EventRow("evt_9", "payment.succeeded", "pay_1", 1, SHOP))
    run.delivered.ids.add("evt_9")


def with_one_payment_for_two_numbers(run: Witnesses) -> None:
    run.operations["twice"] = operation("pay", "twice", told("pay_1", "succeeded", 1_000, 1_000))


def with_legs_of_a_declined_payment(run: Witnesses) -> None:
    run.stored.legs.append(Leg("pay_2", "g9", "payment", 500, 1))


def with_a_refused_refund(run: Witnesses) -> None:
    run.stored.refunds.append(RefundRow("ref_9", SHOP, "too-much", "pay_1", "succeeded", 100))


def with_a_payment_nobody_made(run: Witnesses) -> None:
    run.stored.payments.append(payment("pay_9", "unheard", "succeeded", (5, 5, 0), 1))


def with_legs_of_nothing(run: Witnesses) -> None:
    run.stored.legs.append(Leg("pay_9", "g9", "payment", 5, 1))


def with_an_event_of_nothing(run: Witnesses) -> None:
    run.stored.events.append(EventRow("evt_9", "payment.succeeded", "pay_9", 1, "mch_other"))


def with_a_delivery_of_nothing(run: Witnesses) -> None:
    run.delivered.ids.add("evt_9")


def without_an_event(run: Witnesses) -> None:
    run.stored.events.pop(0)
    run.delivered.ids.discard("evt_1")


def without_the_event_of_a_part(run: Witnesses) -> None:
    run.stored.events.pop(3)
    run.delivered.ids.discard("evt_4")


def without_a_delivery(run: Witnesses) -> None:
    run.delivered.ids.discard("evt_6")


def without_an_outcome(run: Witnesses) -> None:
    run.operations["last"].outcome = None


def with_another_outcome_than_called_for(run: Witnesses) -> None:
    run.operations["declined"].intent = replace(run.operations["declined"].intent, expected="succeeded")


def with_an_unmarked_repeat(run: Witnesses) -> None:
    replayed = run.operations["paid"]
    replayed.replays = [replace(replayed.replays[0], marked=False)]


def test_nothing_is_found_where_nothing_is_wrong(run: Witnesses) -> None:
    assert run.findings() == []


@pytest.mark.parametrize(
    ("spoil", "sort"),
    [
        (without_payment, "lost"),
        (with_another_id, "lost"),
        (with_another_amount, "lost"),
        (with_another_status, "lost"),
        (with_less_refunded, "lost"),
        (with_an_older_revision, "lost"),
        (without_refund, "lost"),
        (with_another_refund_amount, "lost"),
        (without_legs, "lost"),
        (with_one_capture_less, "lost"),
        (with_another_answer_to_a_repeat, "lost"),
        (with_two_payments_of_a_number, "duplicated"),
        (with_two_refunds_of_a_number, "duplicated"),
        (with_second_legs, "duplicated"),
        (with_legs_twice_in_a_group, "duplicated"),
        (with_a_capture_twice, "duplicated"),
        (with_a_second_event, "duplicated"),
        (with_one_payment_for_two_numbers, "duplicated"),
        (with_legs_of_a_declined_payment, "phantom"),
        (with_a_refused_refund, "phantom"),
        (with_a_payment_nobody_made, "phantom"),
        (with_legs_of_nothing, "phantom"),
        (with_an_event_of_nothing, "phantom"),
        (with_a_delivery_of_nothing, "phantom"),
        (without_an_event, "event missing"),
        (without_the_event_of_a_part, "event missing"),
        (without_a_delivery, "event missing"),
        (without_an_outcome, "unresolved"),
        (with_another_outcome_than_called_for, "surprising"),
        (with_an_unmarked_repeat, "surprising"),
    ],
)
def test_what_is_wrong_is_found_and_named(run: Witnesses, spoil: Callable[[Witnesses], None], sort: str) -> None:
    spoil(run)
    assert sort in {finding.sort for finding in run.findings()}
