"""Simulated clients: each draws its requests from its own seed and repeats one, unchanged, until it has an answer."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec

from tests.factories.simulation_bank import CUSTOMERS, MERCHANTS, Ask, Verb
from tests.factories.simulation_process import Cluster, Lost
from tongbao_platform.kernel.errors import PlatformFault

MOST_TRIES: Final = 80
REUSED: Final = "idempotency_key_reused"
IN_PROGRESS: Final = "idempotency_in_progress"
# Small ones, so that money lasts; large ones, so that what is held matters; one that nobody can pay.
AMOUNTS: Final = (1, 2, 83, 84, 250, 500, 1_000, 2_500, 6_000, 6_000, 30_000)
_WEIGHTS: Final[dict[str, int]] = {
    "pay": 20,
    "authorize": 14,
    "order": 8,
    "reserve": 6,
    "claim": 6,
    "confirm": 12,
    "close": 4,
    "capture": 18,
    "void": 4,
    "refund": 16,
    "deposit": 7,
    "freeze": 1,
    "unfreeze": 8,
    "again": 6,
    "mismatch": 3,
}


class Stuck(Exception):
    """A request got no definite answer, however often it was repeated."""


class Entry(msgspec.Struct):
    """One request in the journal, with what its client was told in the end."""

    ask: Ask
    tries: int = 0
    answer: bytes = b""
    replayed: bool = False

    @property
    def kind(self) -> str:
        """What came back: the name of the result's class, or ``Refusal``."""
        return str(self.told[0])

    @property
    def told(self) -> Any:
        """The answer as a pair of class name and members."""
        return msgspec.json.decode(self.answer)

    @property
    def code(self) -> str:
        """The refusal's code, or nothing."""
        kind, members = self.told
        return str(members["code"]) if kind == "Refusal" else ""


class Known(msgspec.Struct):
    """A payment that somebody was told of."""

    id: str
    by: str
    payee: str
    verb: Verb
    amount_minor: int


class Board:
    """What all clients know of each other's work, so that they meet on the same rows."""

    def __init__(self) -> None:
        self.payments: list[Known] = []
        self.journal: list[Entry] = []


class Client:
    """One client; ``work`` puts ``count`` requests, one after the other."""

    def __init__(self, name: str, random: Random, cluster: Cluster, board: Board) -> None:
        self._name = name
        self._random = random
        self._cluster = cluster
        self._board = board
        self._numbers = 0

    async def work(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(self._random.random() * 0.02)
            await self.put(self._draw())

    async def put(self, ask: Ask) -> Entry:
        """Ask until there is an answer, and keep both."""
        entry = Entry(ask)
        self._board.journal.append(entry)
        while entry.tries < MOST_TRIES:
            entry.tries += 1
            # Some clients give up on an answer early and ask again while the first request is still on its way.
            hasty = self._random.random() < 0.05
            try:
                outcome = await self._cluster.ask(ask, 0.02 if hasty else 30.0)
            except (Lost, PlatformFault):
                await asyncio.sleep(self._random.random() * 0.2 * min(entry.tries, 20))
                continue
            if outcome.answer is None:
                raise Stuck(f"no answer was rendered: {ask}")
            if outcome.refusal is not None and outcome.refusal.code == IN_PROGRESS:
                await asyncio.sleep(1.0)
                continue
            entry.answer, entry.replayed = outcome.answer.body, outcome.replayed
            self._learn(entry)
            return entry
        raise Stuck(f"no definite answer after {entry.tries} tries: {ask}")

    def _learn(self, entry: Entry) -> None:
        kind, members = entry.told
        if kind != "CreatedPayment" or members["existing"] or entry.replayed:
            return
        payment, ask = members["payment"], entry.ask
        payee = ask.other or ask.by
        known = Known(payment["id"], ask.by, payee, ask.verb, payment["amount_minor"])
        self._board.payments.append(known)

    def _draw(self) -> Ask:
        random = self._random
        while True:
            verb = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
            draw: Callable[[Any], Ask | None] = getattr(self, f"_{verb}", self._create)
            if (ask := draw(verb)) is not None:
                return ask

    def _number(self) -> str:
        self._numbers += 1
        # Now and then a number comes twice: the merchant's own mistake, or its other server.
        if self._random.random() < 0.08 and self._numbers > 2:
            return f"{self._name}-{self._random.randint(1, self._numbers - 1)}"
        return f"{self._name}-{self._numbers}"

    def _key(self, *, always: bool = False) -> str | None:
        if not always and self._random.random() < 0.3:
            return None
        self._numbers += 1
        return f"key-{self._name}-{self._numbers}"

    def _create(self, verb: Verb) -> Ask:
        random = self._random
        by = random.choice(MERCHANTS)
        amount = random.choice(AMOUNTS)
        if verb in {"order", "reserve"}:
            lives = random.choice([None, None, None, 500, 5_000])
            return Ask(verb=verb, by=by, key=self._key(), number=self._number(), amount_minor=amount, lives_ms=lives)
        other = random.choice([name for name in MERCHANTS if name != by])
        return Ask(verb=verb, by=by, key=self._key(), number=self._number(), other=other, amount_minor=amount)

    def _known(self, *verbs: Verb) -> Known | None:
        # Late ones first: what is new is what others are at, too.
        candidates = [known for known in self._board.payments[-40:] if known.verb in verbs]
        return self._random.choice(candidates[-6:]) if candidates else None

    def _claim(self, verb: Verb) -> Ask | None:
        known = self._known("order", "reserve")
        return None if known is None else Ask(verb=verb, by=self._random.choice(CUSTOMERS), target=known.id)

    def _confirm(self, verb: Verb) -> Ask | None:
        known = self._known("order", "reserve")
        if known is None:
            return None
        form = f"form-{self._random.randint(1, 3)}"
        return Ask(verb=verb, by=self._random.choice(CUSTOMERS), target=known.id, number=form)

    def _close(self, verb: Verb) -> Ask | None:
        known = self._known("order", "reserve", "pay")
        return None if known is None else Ask(verb=verb, by=known.by, key=self._key(), target=known.id)

    def _capture(self, verb: Verb) -> Ask | None:
        known = self._known("authorize", "reserve")
        if known is None:
            return None
        part = self._random.choice([None, 1, known.amount_minor // 2 or 1, known.amount_minor])
        return Ask(
            verb=verb,
            by=known.payee,
            key=self._key(always=True),
            target=known.id,
            amount_minor=part,
            final=self._random.random() < 0.5,
        )

    def _void(self, verb: Verb) -> Ask | None:
        known = self._known("authorize", "reserve")
        return None if known is None else Ask(verb=verb, by=known.payee, key=self._key(always=True), target=known.id)

    def _refund(self, verb: Verb) -> Ask | None:
        known = self._known("pay", "authorize", "order")
        if known is None:
            return None
        amount = self._random.choice([1, known.amount_minor // 2 or 1, known.amount_minor])
        return Ask(
            verb=verb, by=known.payee, key=self._key(), number=self._number(), target=known.id, amount_minor=amount
        )

    def _deposit(self, verb: Verb) -> Ask:
        name = self._random.choice((*MERCHANTS, *CUSTOMERS))
        key = self._key(always=True)
        return Ask(verb=verb, by="bank", key=key, number=f"in-{key}", target=name, amount_minor=1_000)

    def _freeze(self, verb: Verb) -> Ask:
        name = self._random.choice((*MERCHANTS, *CUSTOMERS))
        return Ask(verb=verb, by="bank", key=self._key(always=True), target=name)

    _unfreeze = _freeze

    def _again(self, verb: Verb) -> Ask | None:
        """Ask what somebody has asked before, or is asking now, under its key."""
        del verb
        keyed = [entry.ask for entry in self._board.journal[-30:] if entry.ask.key is not None]
        return self._random.choice(keyed) if keyed else None

    def _mismatch(self, verb: Verb) -> Ask | None:
        """Ask something else under a key that has its answer."""
        del verb
        answered = [each for each in self._board.journal[-60:] if each.ask.key and each.answer and each.code != REUSED]
        if not answered:
            return None
        ask = self._random.choice(answered).ask
        return msgspec.structs.replace(ask, amount_minor=(ask.amount_minor or 0) + 7)
