"""A relay, a dispatcher and a real receiver around one database."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from standardwebhooks import Webhook

from tests.factories.committers import Running, running_committer
from tests.unit.delivery.receiver import Receiver, receiving
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.dispatcher import Dispatcher, DispatcherLimits, DispatcherParts
from tongbao_platform.delivery.envelope import RenderData
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.relay import Relay, RelayParts
from tongbao_platform.delivery.sender import Sender
from tongbao_platform.delivery.sign import new_secret
from tongbao_platform.domain.webhook_deliveries.filters import DeliveryFilter
from tongbao_platform.domain.webhook_deliveries.get import get_attempts
from tongbao_platform.domain.webhook_deliveries.list import list_deliveries
from tongbao_platform.domain.webhook_deliveries.model import DeliveryAttempt, WebhookDelivery
from tongbao_platform.domain.webhook_endpoints import create, rotate_secret
from tongbao_platform.domain.webhook_endpoints.create import CreateWebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.get import get
from tongbao_platform.domain.webhook_endpoints.model import SECRET_PURPOSE, WebhookEndpoint
from tongbao_platform.domain.webhook_endpoints.rotate_secret import RotateWebhookSecret
from tongbao_platform.execution.operation import Changes, Context, Found, Keys, Operation, Rows
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import Instant, SystemClock, VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.outbox.event import Event, NewEvent

SHOP = "mch_shop"
BUYER = "mch_buyer"
VERSION = "2026-11-22"
ALL = DeliveryFilter()
_TEST = Context(actor="test")


class Tell(msgspec.Struct, frozen=True):
    """Tell events of these types to these merchants."""

    types: tuple[str, ...]
    merchant_ids: tuple[str, ...] = (SHOP,)
    subject_type: str = "payment"


def _tell(rows: Rows, command: Tell, now: Instant) -> Changes | Refusal:
    del rows, now
    told = (
        NewEvent(
            type=event_type,
            subject_type=command.subject_type,
            subject_id=f"pay_{number}",
            revision=number,
            merchant_ids=command.merchant_ids,
            snapshot=b'{"secret_of":"both"}',
        )
        for number, event_type in enumerate(command.types, start=1)
    )
    return Changes(result=None, events=tuple(told))


def _no_keys(command: Tell, found: Found) -> Keys:
    del command, found
    return Keys()


tell: Any = SimpleNamespace(keys=_no_keys, decide=_tell)


def render_for_tests(event: Event, viewer_merchant_id: str, api_version: str) -> bytes:
    """Show which event it is and who sees it."""
    return json.dumps({"id": event.subject_id, "seen_by": viewer_merchant_id, "version": api_version}).encode()


class Received(NamedTuple):
    """One request as the receiver got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def signed_with(self, secret: str) -> bool:
        """Tell whether one of its signatures is the one that the reference library makes with ``secret``."""
        moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), tz=UTC)
        signature = Webhook(secret).sign(self.headers["webhook-id"], moment, self.body.decode())
        return signature in self.headers["webhook-signature"].split(" ")


def received(receiver: Receiver) -> list[Received]:
    """Return what has arrived so far."""
    return [_parsed(head, body) for head, body in zip(receiver.heads, receiver.bodies, strict=True)]


def _parsed(head: str, body: bytes) -> Received:
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Received(first.split(" ")[1], headers, body)


class Answers:
    """A receiver's script: the bytes that ``choose`` returns, given how many requests came before."""

    def __init__(self, choose: Callable[[int], bytes]) -> None:
        self.choose = choose
        self.served = 0

    async def __call__(self, reader: Any, writer: Any) -> None:
        del reader
        answer = self.choose(self.served)
        self.served += 1
        writer.write(answer)
        await writer.drain()


class Opened(NamedTuple):
    """An endpoint and its secret."""

    endpoint: WebhookEndpoint
    secret: str


class PostOffice:
    """Tells events, and brings them to a receiver. Time stands still unless a test moves ``clock``."""

    def __init__(self, running: Running, clock: VirtualClock, sender: Sender, vault: Vault) -> None:
        self.running = running
        self.clock = clock
        self.sender = sender
        self.vault = vault
        self.relay = self.relay_with(render_for_tests)
        self.dispatcher = self.dispatcher_with(sender)

    def relay_with(self, render_data: RenderData) -> Relay:
        running = self.running
        return Relay(
            RelayParts(
                committer=running.committer,
                reader=running.reader,
                ids=running.ids,
                render_data=render_data,
                livemode=False,
            )
        )

    def dispatcher_with(self, sender: Sender, limits: DispatcherLimits | None = None) -> Dispatcher:
        parts = DispatcherParts(
            committer=self.running.committer,
            reader=self.running.reader,
            sender=sender,
            vault=self.vault,
            clock=self.clock,
            ids=self.running.ids,
        )
        return Dispatcher(parts, limits)

    async def run(self, operation: Operation[Any], command: Any) -> Any:
        outcome = await self.running.committer.run(operation, command, _TEST)
        return outcome.result if outcome.refusal is None else outcome.refusal

    async def tell(self, *types: str, merchants: tuple[str, ...] = (SHOP,), subject_type: str = "payment") -> None:
        await self.run(tell, Tell(types, merchants, subject_type))

    async def open(self, url: str, *event_types: str, merchant_id: str = SHOP) -> Opened:
        endpoint_id = self.running.ids.new("whe")
        secret = new_secret()
        command = CreateWebhookEndpoint(
            endpoint_id=endpoint_id,
            merchant_id=merchant_id,
            client_id="app_test",
            livemode=False,
            url=url,
            event_types=event_types or ("*",),
            api_version=VERSION,
            secret_sealed=self.vault.seal(SECRET_PURPOSE, endpoint_id, secret.encode()),
        )
        return Opened(await self.run(create, command), secret)

    async def rotate(self, endpoint_id: str) -> str:
        secret = new_secret()
        sealed = self.vault.seal(SECRET_PURPOSE, endpoint_id, secret.encode())
        await self.run(rotate_secret, RotateWebhookSecret(endpoint_id=endpoint_id, secret_sealed=sealed))
        return secret

    async def relay_all(self) -> int:
        return await until_idle(self.relay.relay_once)

    async def deliver_all(self) -> int:
        await self.relay_all()
        return await until_idle(self.dispatcher.deliver_once)

    async def endpoint(self, endpoint_id: str) -> WebhookEndpoint:
        found = await get(self.running.reader, None, endpoint_id)
        assert found is not None
        return found

    async def deliveries(self, wanted: DeliveryFilter = ALL, merchant_id: str = SHOP) -> list[WebhookDelivery]:
        return (await list_deliveries(self.running.reader, merchant_id, wanted, None, 10_000))[::-1]

    async def attempts(self, delivery: WebhookDelivery) -> list[DeliveryAttempt]:
        return (await get_attempts(self.running.reader, SHOP, [delivery.id])).get(delivery.id, [])


async def until_idle(job: Callable[[], Any]) -> int:
    """Run ``job`` until it has nothing to do; return how much it did."""
    done = 0
    while count := await job():
        done += count
    return done


def vault_for_tests() -> Vault:
    """Return a vault; every one opens what another has sealed."""
    return Vault(Keyring("kek-1", {"kek-1": base64.b64decode("a2V5LWVuY3J5cHRpb24ta2V5LWZvci10aGUtdGVzdHM=")}))


@asynccontextmanager
async def post_office(url: str, clock: VirtualClock | None = None) -> AsyncIterator[PostOffice]:
    """Open the database at ``url`` with everything that delivers around it."""
    clock = clock or VirtualClock(SystemClock().now())
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(open_sender(AddressGuard(loopback_allowed=True), SenderLimits()))
        running = await stack.enter_async_context(running_committer(url, clock))
        yield PostOffice(running, clock, sender, vault_for_tests())


@asynccontextmanager
async def open_post_office(url: str, choose: Callable[[int], bytes]) -> AsyncIterator[tuple[PostOffice, Receiver]]:
    """Open a post office and a receiver that answers what ``choose`` says."""
    async with receiving(Answers(choose)) as receiver, post_office(url) as office:
        yield office, receiver
