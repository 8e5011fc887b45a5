"""Fanning out: who is addressed, under which number, with which bytes."""

from msgspec.structs import replace

from tests.factories.rows import START, FakeBank
from tests.factories.webhooks import endpoint
from tongbao_platform.domain.webhook_deliveries import fan_out
from tongbao_platform.domain.webhook_deliveries.fan_out import FannedOut, FanOut, RenderedEvent, Rendering
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.outbox.event import Announced, Event, OutboxBatch


def batch(*numbers: int, announced: tuple[str, ...] = ()) -> OutboxBatch:
    return OutboxBatch(
        id="out_1",
        occurred_at=START,
        event_ids=tuple(f"evt_{number}" for number in numbers),
        announced=tuple(
            Announced(
                type="account.transaction_posted",
                subject_type="account",
                subject_id=account_id,
                revision=7,
                merchant_id="mch_shop",
            )
            for account_id in announced
        ),
    )


def announced_event(number: int, account_id: str, *endpoint_ids: str) -> RenderedEvent:
    made = Event(
        id=f"evt_{number}",
        type="account.transaction_posted",
        livemode=False,
        occurred_at=START,
        subject_type="account",
        subject_id=account_id,
        revision=7,
        merchant_id="mch_shop",
        other_merchant_id=None,
        traceparent=None,
        snapshot=b"{}",
    )
    return replace(rendered(number, *endpoint_ids), type=made.type, subject_id=account_id, made=made)


def rendered(number: int, *endpoint_ids: str) -> RenderedEvent:
    return RenderedEvent(
        id=f"evt_{number}",
        batch_id="out_1",
        type="payment.succeeded",
        livemode=False,
        subject_id="pay_1",
        merchant_ids=("mch_shop",),
        renderings=tuple(
            Rendering(f"dlv_{number}_{endpoint_id}", endpoint_id, b'{"seq":', b',"n":%d}' % number)
            for endpoint_id in endpoint_ids
        ),
    )


def deliveries(bank: FakeBank) -> list[tuple[str, str, int, bytes]]:
    rows = [row for row in bank.rows.values() if isinstance(row, WebhookDelivery)]
    return [(row.event_id, row.endpoint_id, row.seq, row.body) for row in rows]


def test_numbers_continue_without_a_gap_and_stand_in_the_body() -> None:
    bank = FakeBank([endpoint(1, last_seq=8), endpoint(2), batch(1, 2)])
    result = bank.run(fan_out, FanOut((rendered(1, "whe_1", "whe_2"), rendered(2, "whe_1"))))
    assert result == FannedOut(2, 3)
    assert deliveries(bank) == [
        ("evt_1", "whe_1", 9, b'{"seq":9,"n":1}'),
        ("evt_1", "whe_2", 1, b'{"seq":1,"n":1}'),
        ("evt_2", "whe_1", 10, b'{"seq":10,"n":2}'),
    ]
    # A delivery is no change that a merchant sees of its endpoint.
    assert bank.row(WebhookEndpoint, "whe_1") == endpoint(1, last_seq=10)
    assert not [row for row in bank.rows.values() if isinstance(row, OutboxBatch)]
    made = bank.row(WebhookDelivery, "dlv_1_whe_1")
    assert (made.status, made.due_at, made.created_at, made.attempt_count) == ("pending", START, START, 0)


def test_an_event_that_another_relay_has_done_is_left_alone() -> None:
    bank = FakeBank([endpoint(), batch(2)])
    assert bank.run(fan_out, FanOut((rendered(1, "whe_1"), rendered(2, "whe_1")))) == FannedOut(1, 1)
    assert [(event_id, seq) for event_id, _, seq, _ in deliveries(bank)] == [("evt_2", 1)]


def test_the_filter_is_applied_to_the_endpoint_as_it_is_now() -> None:
    for now in (
        [],
        [endpoint(status="disabled")],
        [endpoint(event_types=("refund.failed",))],
        [endpoint(merchant_id="mch_other")],
    ):
        bank = FakeBank([*now, batch(1)])
        assert bank.run(fan_out, FanOut((rendered(1, "whe_1"),))) == FannedOut(1, 0)
        assert deliveries(bank) == []
        assert [row for row in bank.rows.values() if isinstance(row, WebhookEndpoint)] == now


def test_a_test_event_reaches_a_disabled_endpoint() -> None:
    bank = FakeBank([endpoint(status="disabled"), batch(1)])
    event = replace(rendered(1, "whe_1"), type="webhook_endpoint.test", subject_id="whe_1")
    assert bank.run(fan_out, FanOut((event,))) == FannedOut(1, 1)


def test_what_is_left_of_a_commit_waits_for_the_next_portion() -> None:
    bank = FakeBank([endpoint(), batch(1, 2, announced=("acc_1", "acc_2"))])
    first = FanOut((rendered(1, "whe_1"), announced_event(8, "acc_2", "whe_1")))
    assert bank.run(fan_out, first) == FannedOut(2, 2)
    assert bank.row(OutboxBatch, "out_1") == batch(2, announced=("acc_1",))
    # The same portion from another relay finds nothing of it.
    assert bank.run(fan_out, first) == FannedOut(0, 0)
    assert bank.run(fan_out, FanOut((rendered(2), announced_event(9, "acc_1")))) == FannedOut(2, 0)
    assert not [row for row in bank.rows.values() if isinstance(row, OutboxBatch)]


def test_an_announced_event_is_stored_by_the_relay_that_fans_it_out() -> None:
    bank = FakeBank([endpoint(), batch(announced=("acc_1",))])
    event = announced_event(8, "acc_1", "whe_1")
    assert bank.run(fan_out, FanOut((event,))) == FannedOut(1, 1)
    assert bank.row(Event, "evt_8") == event.made
    assert bank.run(fan_out, FanOut((replace(event, id="evt_9"),))) == FannedOut(0, 0)
    assert [row.id for row in bank.rows.values() if isinstance(row, Event)] == ["evt_8"]
