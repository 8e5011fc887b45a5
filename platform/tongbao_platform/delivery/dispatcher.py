"""The dispatcher: takes due deliveries under a lease, signs and sends them, and records what came back.

Leases are committed before anything is sent and results afterwards; no transaction is open over the network. A process
that dies between the two leaves the delivery to whoever takes it when the lease has run out: it goes out again, with
the same ``webhook-id`` and the same bytes.
"""

import asyncio
import logging
from typing import Final, NamedTuple

import msgspec

from tongbao_platform.delivery.lane import Lane, LaneLimits
from tongbao_platform.delivery.outcome import Outcome, judge
from tongbao_platform.delivery.schedule import next_attempt
from tongbao_platform.delivery.sender import Sender, SendResult
from tongbao_platform.delivery.sign import signature_headers
from tongbao_platform.domain.webhook_deliveries import cancel, postpone, record_attempt
from tongbao_platform.domain.webhook_deliveries.cancel import CancelDelivery
from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.postpone import PostponeDelivery
from tongbao_platform.domain.webhook_deliveries.record_attempt import RecordAttempt
from tongbao_platform.domain.webhook_deliveries.take_due import take_due
from tongbao_platform.domain.webhook_endpoints.events import TEST
from tongbao_platform.domain.webhook_endpoints.get import get_some
from tongbao_platform.domain.webhook_endpoints.model import SECRET_PURPOSE, DisabledReason, WebhookEndpoint
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import MINUTE_MS, SECOND_MS, Clock, Instant, later
from tongbao_platform.kernel.errors import PlatformFault
from tongbao_platform.kernel.ids import IdSource

# Longer than waiting for a place and the whole exchange together, with room to record.
LEASE_MS: Final = MINUTE_MS
_MOST_LANES: Final = 10_000
_GONE: Final = 410
_CONTEXT: Final = Context(actor="webhook-dispatcher")

_log = logging.getLogger(__name__)


class DispatcherParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a dispatcher works with."""

    committer: Committer
    reader: Reader
    sender: Sender
    vault: Vault
    clock: Clock
    ids: IdSource


class DispatcherLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``held`` deliveries are leased at once in all, taken at most ``taken`` at a time."""

    held: int = 200
    taken: int = 100
    deadline_seconds: float = 15.0
    lane: LaneLimits = LaneLimits()


class Dispatcher:
    """Sends what is due. ``wake`` is set whenever a delivery has ended and there is room for another."""

    def __init__(self, parts: DispatcherParts, limits: DispatcherLimits | None = None) -> None:
        self._parts = parts
        self._limits = limits or DispatcherLimits()
        self._lanes: dict[str, Lane] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()

    @property
    def held(self) -> int:
        """How many deliveries are being worked on."""
        return len(self._under_way)

    async def start_due(self) -> int:
        """Take as many due deliveries as there is room for and start on them; return how many.

        This is the worker's job, to be nudged by ``wake``: it does not wait for a receiver.
        """
        room = min(self._limits.taken, self._limits.held - len(self._under_way))
        if room <= 0:
            return 0
        now = self._parts.clock.now()
        taken = await take_due(self._parts.committer, now, later(now, LEASE_MS), room)
        if not taken:
            return 0
        endpoints = await get_some(self._parts.reader, {delivery.endpoint_id for delivery in taken})
        for delivery in taken:
            task = asyncio.create_task(self._bring(delivery, endpoints.get(delivery.endpoint_id)))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(taken)

    async def deliver_once(self) -> int:
        """Start on what is due and return, when everything under way is recorded, how many were taken."""
        taken = await self.start_due()
        await self.drain()
        return taken

    async def drain(self) -> None:
        """Wait for everything under way: the last step of an orderly stop."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake.set()

    async def _bring(self, delivery: WebhookDelivery, endpoint: WebhookEndpoint | None) -> None:
        """Do whatever is to be done with one taken delivery; a fault leaves it to the end of its lease."""
        try:
            if endpoint is None or (endpoint.status == "disabled" and delivery.event_type != TEST):
                command = CancelDelivery(delivery_id=delivery.id, lease_token=delivery.lease_token)
                await self._parts.committer.run(cancel, command, _CONTEXT)
            else:
                await self._bring_in_lane(delivery, endpoint)
        except PlatformFault as fault:
            _log.warning("delivery %s will be taken again: %s", delivery.id, fault)
        except Exception:  # noqa: BLE001 - a bug with one delivery must not stop the others
            _log.exception("delivery %s will be taken again", delivery.id)

    async def _bring_in_lane(self, delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
        lane = self._lane(endpoint.id)
        if not await lane.enter():
            await self._postpone(delivery, lane.next_turn(self._parts.clock.now()))
            return
        try:
            if endpoint.revision <= lane.disabled_at_revision and endpoint.status == "enabled":
                # Disabled while this one waited: come back at once and see the endpoint as it is now.
                await self._postpone(delivery, self._parts.clock.now())
                return
            recording = await self._attempt(delivery, endpoint)
            lane.note(delivered=recording.verdict == "delivered", duration_ms=recording.duration_ms)
            if recording.disable_endpoint is not None:
                lane.disabled_at_revision = max(lane.disabled_at_revision, endpoint.revision)
                # Nobody gets this place before the endpoint is seen to be disabled.
                await self._record(recording)
        finally:
            lane.leave()
        if recording.disable_endpoint is None:
            await self._record(recording)

    async def _record(self, recording: RecordAttempt) -> None:
        await self._parts.committer.run(record_attempt, recording, _CONTEXT)

    async def _attempt(self, delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> RecordAttempt:
        started_at = self._parts.clock.now()
        headers = signature_headers(
            event_id=delivery.event_id,
            timestamp_seconds=started_at // SECOND_MS,
            body=delivery.body,
            valid_secrets=self._secrets(endpoint, started_at),
        )
        headers["webhook-attempt"] = str(delivery.attempt_count + 1)
        result = await self._parts.sender.send(endpoint.url, headers, delivery.body, self._limits.deadline_seconds)
        ended_at = self._parts.clock.now()
        outcome = judge(result, ended_at)
        attempt = _Attempt(self._parts.ids.new("att"), endpoint.url, started_at, ended_at)
        return _recording(delivery, attempt, result, outcome)

    def _secrets(self, endpoint: WebhookEndpoint, now: Instant) -> list[str]:
        vault = self._parts.vault
        return [vault.open(SECRET_PURPOSE, endpoint.id, sealed).decode() for sealed in endpoint.sealed_secrets(now)]

    async def _postpone(self, delivery: WebhookDelivery, due_at: Instant) -> None:
        command = PostponeDelivery(delivery_id=delivery.id, lease_token=delivery.lease_token, due_at=due_at)
        await self._parts.committer.run(postpone, command, _CONTEXT)

    def _lane(self, endpoint_id: str) -> Lane:
        lane = self._lanes.get(endpoint_id)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {known: lane for known, lane in self._lanes.items() if not lane.is_idle}
            lane = self._lanes[endpoint_id] = Lane(self._limits.lane)
        return lane


class _Attempt(NamedTuple):
    id: str
    url: str
    started_at: Instant
    ended_at: Instant


def _recording(delivery: WebhookDelivery, attempt: _Attempt, result: SendResult, outcome: Outcome) -> RecordAttempt:
    made = delivery.attempt_count + 1
    retries = outcome.verdict == "retry"
    disable: DisabledReason | None = None
    if outcome.disable_endpoint:
        disable = "gone" if result.status == _GONE else "receiver"
    return RecordAttempt(
        attempt_id=attempt.id,
        delivery_id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        lease_token=delivery.lease_token,
        url=attempt.url,
        started_at=attempt.started_at,
        duration_ms=result.duration_ms,
        verdict=outcome.verdict,
        reason=outcome.reason,
        next_due_at=next_attempt(made, delivery.id, attempt.ended_at, outcome.retry_after_ms) if retries else None,
        disable_endpoint=disable,
        response_status=result.status,
        detail=result.detail,
        response_headers=result.headers,
        response_body=result.body,
        response_body_truncated=result.body_truncated,
    )
