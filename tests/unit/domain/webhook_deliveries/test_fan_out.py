"""Fanning out: who is addressed, under which number, with which bytes."""

from msgspec.structs import replace

from tests.factories.rows import START, FakeBank
from tests.factories.webhooks import endpoint
from tongbao_platform.domain.webhook_deliveries import fan_out
from tongbao_platform.domain.webhook_deliveries.fan_out import FannedOut, FanOut, RenderedEvent, Rendering
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.outbox.event import PendingEvent


def rendered(number: int, *endpoint_ids: str) -> RenderedEvent:
    return RenderedEvent(
        id=f"evt_{number}",
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
    bank = FakeBank([endpoint(1, last_seq=8), endpoint(2), PendingEvent(id="evt_1"), PendingEvent(id="evt_2")])
    result = bank.run(fan_out, FanOut((rendered(1, "whe_1", "whe_2"), rendered(2, "whe_1"))))
    assert result == FannedOut(2, 3)
    assert deliveries(bank) == [
        ("evt_1", "whe_1", 9, b'{"seq":9,"n":1}'),
        ("evt_1", "whe_2", 1, b'{"seq":1,"n":1}'),
        ("evt_2", "whe_1", 10, b'{"seq":10,"n":2}'),
    ]
    # A delivery is no change that a merchant sees of its endpoint.
    assert bank.row(WebhookEndpoint, "whe_1") == endpoint(1, last_seq=10)
    assert not [row for row in bank.rows.values() if isinstance(row, PendingEvent)]
    made = bank.row(WebhookDelivery, "dlv_1_whe_1")
    assert (made.status, made.due_at, made.created_at, made.attempt_count) == ("pending", START, START, 0)


def test_an_event_that_another_relay_has_done_is_left_alone() -> None:
    bank = FakeBank([endpoint(), PendingEvent(id="evt_2")])
    assert bank.run(fan_out, FanOut((rendered(1, "whe_1"), rendered(2, "whe_1")))) == FannedOut(1, 1)
    assert [(event_id, seq) for event_id, _, seq, _ in deliveries(bank)] == [("evt_2", 1)]


def test_the_filter_is_applied_to_the_endpoint_as_it_is_now() -> None:
    for now in (
        [],
        [endpoint(status="disabled")],
        [endpoint(event_types=("refund.failed",))],
        [endpoint(merchant_id="mch_other")],
    ):
        bank = FakeBank([*now, PendingEvent(id="evt_1")])
        assert bank.run(fan_out, FanOut((rendered(1, "whe_1"),))) == FannedOut(1, 0)
        assert deliveries(bank) == []
        assert [row for row in bank.rows.values() if isinstance(row, WebhookEndpoint)] == now


def test_a_test_event_reaches_a_disabled_endpoint() -> None:
    bank = FakeBank([endpoint(status="disabled"), PendingEvent(id="evt_1")])
    event = replace(rendered(1, "whe_1"), type="webhook_endpoint.test", subject_id="whe_1")
    assert bank.run(fan_out, FanOut((event,))) == FannedOut(1, 1)
