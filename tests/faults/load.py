"""Clients at work: each sends one write after the other and does not let go of one before its outcome is definite."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tests.factories.servers import Party
from tests.faults.journal import Intent, Journal, Kind, Outcome, Replay, Told
from tests.faults.recovery_times import RecoveryTimes
from tests.faults.wire import Caller, Line, Lost, NotReached, told_by
from tongbao import TongbaoError
from tongbao._effects import Reply

_REMEMBERED: Final = 64
_SHORTEST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 0.8
_CURRENCY: Final = "CNY"
_IN_PROGRESS: Final = "idempotency_in_progress"
_DEFINITE: Final = frozenset({200, 201, 404, 409, 422})


class Cast(msgspec.Struct, frozen=True):
    """Who takes part: ``buyers`` pay ``shops``; ``poor`` has an account without money."""

    shops: list[Party]
    buyers: list[Party]
    poor: Party


class Pace:
    """Hands out turns at ``rate`` a second until ``end``; turns missed in an outage are made up for."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._started = asyncio.get_running_loop().time()
        self._given = 0
        self._ended = asyncio.Event()

    async def turn(self) -> bool:
        """Wait for a turn; false when there are no more."""
        due = self._started + self._given / self._rate
        self._given += 1
        wait = due - asyncio.get_running_loop().time()
        if wait > 0 and not self._ended.is_set():
            try:
                async with asyncio.timeout(wait):
                    await self._ended.wait()
            except TimeoutError:
                pass
        return not self._ended.is_set()

    def end(self) -> None:
        """Give no more turns."""
        self._ended.set()


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What all clients share. ``tally`` counts every answer, and every attempt without one, by its kind."""

    callers: dict[str, Caller]
    cast: Cast
    ports: Sequence[int]
    pace: Pace
    recovery: RecoveryTimes
    tally: Counter[str]


class _Paid(msgspec.Struct):
    """A payment that this client may go on with."""

    id: str
    left_minor: int


class Client:
    """One client task with its journal. ``seed`` fixes everything it chooses.

    Each has one shop to pay, so that a shop whose account is locked holds up its own clients only.
    """

    def __init__(self, number: int, seed: str, floor: Floor, journal: Journal) -> None:
        self._name = f"c{number}"
        self._shop = floor.cast.shops[number % len(floor.cast.shops)]
        self._floor = floor
        self._journal = journal
        self._random = random.Random(seed)
        self._lines = {port: Line(port) for port in floor.ports}
        self._count = 0
        self._paid: deque[_Paid] = deque(maxlen=_REMEMBERED)
        self._authorized: deque[_Paid] = deque()
        self._done: deque[tuple[Intent, Told]] = deque(maxlen=_REMEMBERED)

    async def work(self) -> None:
        """Send writes, turn by turn, and return when there are no more turns and nothing is open."""
        try:
            while await self._floor.pace.turn():
                await self._choose()()
        finally:
            for line in self._lines.values():
                line.close()

    def _choose(self) -> Callable[[], Any]:
        dice = self._random.random()
        if self._authorized and (dice < 0.12 or len(self._authorized) > 5):
            return self._void if self._random.random() < 0.25 else self._capture
        if self._paid and dice < 0.22:
            return self._refund
        if self._done and dice < 0.28:
            return self._replay
        return self._authorize if dice < 0.36 else self._pay

    async def _pay(self) -> None:
        poor = self._random.random() < 0.06
        buyer = self._floor.cast.poor if poor else self._random.choice(self._floor.cast.buyers)
        value = self._random.randrange(1, 5_000)
        told = await self._create(buyer, value, "failed" if poor else "succeeded")
        if told.state == "succeeded":
            self._paid.append(_Paid(told.object_id, value))

    async def _authorize(self) -> None:
        buyer = self._random.choice(self._floor.cast.buyers)
        value = self._random.randrange(2, 5_000)
        told = await self._create(buyer, value, "authorized")
        if told.state == "authorized":
            self._authorized.append(_Paid(told.object_id, value))

    async def _create(self, buyer: Party, value: int, expected: str) -> Told:
        number = self._next()
        manual = expected == "authorized"
        body = {
            "merchant_order_no": number,
            "amount": {"value": value, "currency": _CURRENCY},
            "method": {
                "type": "account",
                "source_account_id": buyer.account_id,
                "payee_account_id": self._shop.account_id,
            },
            "capture_method": "manual" if manual else "automatic",
        }
        kind: Kind = "authorize" if manual else "pay"
        return await self._write(self._intent(kind, buyer, "/v1/payments", body, (number, None, value, expected)))

    async def _capture(self) -> None:
        payment = self._authorized.popleft()
        part = payment.left_minor > 1 and self._random.random() < 0.4
        value = self._random.randrange(1, payment.left_minor) if part else payment.left_minor
        final = not part or self._random.random() < 0.5
        body = {"amount": {"value": value, "currency": _CURRENCY}, "final": final}
        target = f"/v1/payments/{payment.id}/capture"
        expected = "succeeded" if final else "authorized"
        told = await self._write(self._intent("capture", self._shop, target, body, (None, payment.id, value, expected)))
        payment.left_minor -= value
        if told.state == "authorized":
            self._authorized.append(payment)

    async def _void(self) -> None:
        payment = self._authorized.popleft()
        target = f"/v1/payments/{payment.id}/void"
        await self._write(self._intent("void", self._shop, target, None, (None, payment.id, 0, "ended")))

    async def _refund(self) -> None:
        payment = self._random.choice(self._paid)
        too_much = payment.left_minor == 0 or self._random.random() < 0.1
        value = payment.left_minor + 1 if too_much else self._random.randrange(1, payment.left_minor + 1)
        number = self._next()
        body = {
            "payment_id": payment.id,
            "merchant_refund_no": number,
            "amount": {"value": value, "currency": _CURRENCY},
        }
        expected = "refund_exceeds_payment" if too_much else "succeeded"
        facts = (number, payment.id, value, expected)
        told = await self._write(self._intent("refund", self._shop, "/v1/refunds", body, facts))
        if told.state == "succeeded":
            payment.left_minor -= value

    async def _replay(self) -> None:
        intent, _ = self._random.choice(self._done)
        reply, _ = await self._settle(intent)
        marked = reply.value("idempotent-replayed") == "true"
        await asyncio.to_thread(self._journal.write, Replay(key=intent.key, told=told_by(reply), marked=marked))

    def _intent(
        self,
        kind: Kind,
        party: Party,
        target: str,
        body: dict[str, Any] | None,
        facts: tuple[str | None, str | None, int, str],
    ) -> Intent:
        number, subject, value, expected = facts
        return Intent(
            key=number or self._next(),
            kind=kind,
            client_id=party.client_id,
            merchant_id=party.merchant_id,
            target=target,
            body="" if body is None else msgspec.json.encode(body).decode(),
            amount_minor=value,
            number=number,
            subject=subject,
            expected=expected,
        )

    def _next(self) -> str:
        self._count += 1
        return f"{self._name}-{self._count}"

    async def _write(self, intent: Intent) -> Told:
        await asyncio.to_thread(self._journal.write, intent)
        reply, unknown = await self._settle(intent)
        told = told_by(reply)
        await asyncio.to_thread(self._journal.write, Outcome(key=intent.key, told=told, unknown=unknown))
        self._done.append((intent, told))
        return told

    async def _settle(self, intent: Intent) -> tuple[Reply, int]:
        """Send until the answer is definite: same key, same body, signed anew each time, to any process."""
        caller, tally = self._floor.callers[intent.client_id], self._floor.tally
        unknown, pause = 0, _SHORTEST_PAUSE_SECONDS
        while True:
            line = self._random.choice(list(self._lines.values()))
            request = caller.write(intent.target, intent.key, intent.body.encode())
            sent_at = asyncio.get_running_loop().time()
            try:
                reply = await line.exchange(request.octets)
            except NotReached:
                tally["not reached"] += 1
            except Lost:
                tally["connection lost"] += 1
                unknown += 1
            else:
                code = _code_of(reply)
                tally[f"{reply.status} {code}".rstrip()] += 1
                if reply.status == 503 and reply.value("retry-after") is None:
                    tally["503 without Retry-After"] += 1
                if reply.status in _DEFINITE and code != _IN_PROGRESS and caller.is_ours(reply, request):
                    self._floor.recovery.acknowledged(line.port, sent_at)
                    return reply, unknown
                unknown += 1
                if reply.status == 401:
                    await _renewed(caller)
            # Not as patient as a Retry-After asks for: recovery is to be seen soon. But the clients must not take the
            # processor from what is starting.
            await asyncio.sleep(self._random.uniform(0.5, 1.0) * pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


async def _renewed(caller: Caller) -> None:
    try:
        await asyncio.to_thread(caller.renew)
    except TongbaoError:
        return  # nobody there just now: the next refusal brings us back


def _code_of(reply: Reply) -> str:
    return "" if reply.status < 400 else str(msgspec.json.decode(reply.body).get("code", ""))
