"""What happens when a receiver does not take a delivery, or a worker dies with one in its hands."""

import asyncio
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.integration.delivery.post_office import PostOffice, open_post_office, received
from tests.unit.delivery.receiver import Receiver, receiving, silence, status
from tongbao_platform.delivery.dispatcher import LEASE_MS, DispatcherLimits
from tongbao_platform.delivery.lane import LaneLimits
from tongbao_platform.delivery.schedule import MAX_ATTEMPTS, WAITS_MS, next_attempt
from tongbao_platform.delivery.sender import Sender, SendResult
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.take_due import take_due
from tongbao_platform.domain.webhook_endpoints import update
from tongbao_platform.domain.webhook_endpoints.update import UpdateWebhookEndpoint
from tongbao_platform.kernel.clock import HOUR_MS, MINUTE_MS, SECOND_MS, later


def failing(_: int) -> bytes:
    return status(500, body=b"no\xff")


async def only(office: PostOffice) -> WebhookDelivery:
    (delivery,) = await office.deliveries()
    return delivery


async def told(office: PostOffice, receiver: Receiver) -> WebhookDelivery:
    await office.open(receiver.url())
    await office.tell("payment.succeeded")
    await office.relay_all()
    return await only(office)


async def test_retries_follow_the_schedule_with_the_same_bytes_until_it_gives_up(database_url: str) -> None:
    async with open_post_office(database_url, failing) as (office, receiver):
        secret = (await office.open(receiver.url())).secret
        await office.tell("payment.succeeded")
        await office.relay_all()
        for made in range(1, MAX_ATTEMPTS + 1):
            assert await office.dispatcher.deliver_once() == 1
            delivery = await only(office)
            assert (delivery.attempt_count, delivery.last_failure) == (made, "http_500")
            due_at = next_attempt(made, delivery.id, office.clock.now(), None)
            if due_at is None:
                break
            assert (delivery.status, delivery.due_at) == ("pending", due_at)
            office.clock.advance(due_at - office.clock.now() - 1)
            assert await office.dispatcher.deliver_once() == 0
            office.clock.advance(1)
        delivery = await only(office)
        assert (delivery.status, delivery.completed_at) == ("failed", office.clock.now())
        office.clock.advance(30 * 24 * HOUR_MS)
        assert await office.dispatcher.deliver_once() == 0
        got = received(receiver)
        assert len(got) == MAX_ATTEMPTS == len(WAITS_MS)
        assert {each.body for each in got} == {delivery.body}
        assert {each.headers["webhook-id"] for each in got} == {delivery.event_id}
        assert len({each.headers["webhook-timestamp"] for each in got}) == MAX_ATTEMPTS
        assert all(each.signed_with(secret) for each in got)
        assert [each.headers["webhook-attempt"] for each in got] == [str(n) for n in range(1, MAX_ATTEMPTS + 1)]
        attempts = await office.attempts(delivery)
        assert [attempt.number for attempt in attempts] == list(range(1, MAX_ATTEMPTS + 1))
        assert {(a.response_status, a.reason, a.response_body, a.late) for a in attempts} == {
            (500, "http_500", b"no\xff", False)
        }


async def test_a_receiver_that_recovers_gets_it_once(database_url: str) -> None:
    async with open_post_office(database_url, lambda n: status(503 if n < 2 else 200)) as (office, receiver):
        await told(office, receiver)
        for _ in range(5):
            await office.dispatcher.deliver_once()
            office.clock.advance(HOUR_MS)
        delivery = await only(office)
        assert (delivery.status, delivery.attempt_count, len(received(receiver))) == ("succeeded", 3, 3)


async def test_retry_after_postpones(database_url: str) -> None:
    async with open_post_office(database_url, lambda _: status(429, "Retry-After: 1800")) as (office, receiver):
        await told(office, receiver)
        await office.dispatcher.deliver_once()
        delivery = await only(office)
        assert delivery.due_at == later(office.clock.now(), 30 * MINUTE_MS)
        assert (await office.attempts(delivery))[0].response_headers[0] == ("retry-after", "1800")


async def test_410_disables_the_endpoint_and_tells_the_others(database_url: str) -> None:
    async with open_post_office(database_url, lambda n: status(410 if n == 0 else 200)) as (office, receiver):
        endpoint, _ = await office.open(receiver.url("/gone"), "payment.succeeded")
        await office.open(receiver.url("/on"), "webhook_endpoint.disabled")
        await office.tell(*["payment.succeeded"] * 20)
        await office.deliver_all()
        after = await office.endpoint(endpoint.id)
        assert (after.status, after.disabled_reason, after.disabled_at, after.revision) == (
            "disabled",
            "gone",
            office.clock.now(),
            2,
        )
        await office.deliver_all()
        got = received(receiver)
        assert [each.event["data"]["id"] for each in got if each.path == "/on"] == [endpoint.id]
        # Those already on the wire when the answer came may have arrived; all others were canceled.
        assert sum(each.path == "/gone" for each in got) <= LaneLimits().under_way
        outcomes = [delivery.status for delivery in await office.deliveries() if delivery.endpoint_id == endpoint.id]
        assert outcomes.count("failed") == 1
        assert outcomes.count("canceled") >= 20 - LaneLimits().under_way
        assert "pending" not in outcomes
        await office.run(update, UpdateWebhookEndpoint(endpoint_id=endpoint.id, status="enabled"))
        await office.tell("payment.succeeded")
        await office.deliver_all()
        (last,) = [each for each in received(receiver)[len(got) :] if each.path == "/gone"]
        assert last.event["seq"] == 21


class DiesAfterSending:
    """A sender whose process dies between the answer and its record."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        await self._inner.send(url, headers, body, deadline_seconds)
        raise RuntimeError("planted death")


async def test_a_death_between_sending_and_recording_sends_again_with_the_same_id(database_url: str) -> None:
    async with open_post_office(database_url, lambda _: status(200)) as (office, receiver):
        before = await told(office, receiver)
        await office.dispatcher_with(DiesAfterSending(office.sender)).deliver_once()
        assert (await only(office)).attempt_count == 0
        assert await office.dispatcher.deliver_once() == 0
        office.clock.advance(LEASE_MS)
        assert await office.dispatcher.deliver_once() == 1
        first, second = received(receiver)
        assert first.headers["webhook-id"] == second.headers["webhook-id"] == before.event_id
        assert first.body == second.body
        after = await only(office)
        assert (after.status, after.attempt_count, after.lease_token) == ("succeeded", 1, 2)


async def test_a_death_before_sending_loses_nothing(database_url: str) -> None:
    async with open_post_office(database_url, lambda _: status(200)) as (office, receiver):
        await told(office, receiver)
        now = office.clock.now()
        assert len(await take_due(office.running.committer, now, later(now, LEASE_MS), 10)) == 1
        assert await office.dispatcher.deliver_once() == 0
        office.clock.advance(LEASE_MS)
        assert await office.deliver_all() == 1
        assert len(received(receiver)) == 1


class WaitsToAnswer:
    """A sender that gets its answer at once and returns it when told."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner
        self.sent = asyncio.Event()
        self.go_on = asyncio.Event()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        result = await self._inner.send(url, headers, body, deadline_seconds)
        self.sent.set()
        await self.go_on.wait()
        return result


@pytest.mark.parametrize("late_answer", [200, 410])
async def test_a_late_result_is_recorded_and_changes_nothing(database_url: str, late_answer: int) -> None:
    answers = (late_answer, 500)
    async with open_post_office(database_url, lambda n: status(answers[n])) as (office, receiver):
        await told(office, receiver)
        slow = WaitsToAnswer(office.sender)
        late = office.dispatcher_with(slow)
        assert await late.start_due() == 1
        await slow.sent.wait()
        office.clock.advance(LEASE_MS)
        assert await office.dispatcher.deliver_once() == 1
        standing = await only(office)
        slow.go_on.set()
        await late.drain()
        after = await only(office)
        assert after == replace(standing, attempt_count=2, revision=standing.revision + 1)
        assert after.status == "pending"
        assert [(a.number, a.response_status, a.late) for a in await office.attempts(after)] == [
            (1, 500, False),
            (2, late_answer, True),
        ]
        assert (await office.endpoint(after.endpoint_id)).status == "enabled"


async def test_a_result_after_the_lease_counts_while_nobody_else_has_taken_it(database_url: str) -> None:
    async with open_post_office(database_url, lambda _: status(200)) as (office, receiver):
        await told(office, receiver)
        slow = WaitsToAnswer(office.sender)
        late = office.dispatcher_with(slow)
        await late.start_due()
        await slow.sent.wait()
        office.clock.advance(2 * LEASE_MS)
        slow.go_on.set()
        await late.drain()
        assert (await only(office)).status == "succeeded"
        assert await office.dispatcher.deliver_once() == 0


async def test_a_silent_receiver_holds_up_nobody_else(database_url: str) -> None:
    async with (
        receiving(silence) as tar_pit,
        open_post_office(database_url, lambda _: status(200)) as (office, receiver),
    ):
        await office.open(tar_pit.url("/silent"), "payment.created")
        await office.open(receiver.url(), "payment.succeeded")
        await office.tell(*["payment.created"] * 120, *["payment.succeeded"] * 40)
        await office.relay_all()
        dispatcher = office.dispatcher_with(office.sender, DispatcherLimits(deadline_seconds=30))
        while len(receiver.heads) < 40:
            dispatcher.wake.clear()
            if await dispatcher.start_due() == 0:
                office.clock.advance(SECOND_MS)
                await dispatcher.wake.wait()
        assert tar_pit.connections <= LaneLimits().under_way
        assert dispatcher.held > 0
        for task in tuple(dispatcher._under_way):
            task.cancel()
        await dispatcher.drain()
