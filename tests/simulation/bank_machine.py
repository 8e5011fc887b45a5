"""The bank, its two databases and its model, asked the same questions: a Hypothesis state machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import permutations
from typing import ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.factories.simulation_bank import CUSTOMERS, MERCHANTS, Ask, Verb
from tests.simulation.bank_model import SEVEN_DAYS_MS, BankModel, essence
from tests.simulation.bank_world import Bank, BankWorld

MERCHANT = st.sampled_from(MERCHANTS)
# One pair of seven pays itself, which nobody may.
PAIR = st.sampled_from([*permutations(MERCHANTS, 2), ("shop", "shop")])
CUSTOMER = st.sampled_from(CUSTOMERS)
ANYBODY = (*MERCHANTS, *CUSTOMERS)
# Some keys and numbers come twice by chance; ``repeat`` does it on purpose.
KEY = st.one_of(st.none(), st.integers(1, 30).map("k{}".format))
NUMBER = st.integers(1, 25).map(str)
NAMED = st.tuples(KEY, NUMBER)
LIVES = st.sampled_from([None, 1_000])
VERIFY_EVERY = 20

Worlds = Callable[[], AbstractContextManager[BankWorld]]


def some(*statuses: str) -> Callable[["BankMachine"], bool]:
    """Tell whether there is a payment in one of ``statuses``."""
    return lambda self: any(order.status in statuses for order in self.model.orders.values())


class BankMachine(RuleBasedStateMachine):
    """Each run has worlds of its own; ``fresh`` makes them."""

    fresh: ClassVar[tuple[Worlds, ...]]

    @initialize()
    def open(self) -> None:
        """Open the bank in each world."""
        self.stack = ExitStack()
        self.model = BankModel()
        self.steps = 0
        self.asked: list[Ask] = []
        self.banks = [Bank(self.stack.enter_context(worlds())) for worlds in self.fresh]

    @rule(data=st.data(), pair=PAIR, name=NAMED, verb=st.sampled_from(["pay", "authorize"]))
    def pay(self, data: st.DataObject, pair: tuple[str, str], name: tuple[str | None, str], verb: Verb) -> None:
        (by, other), (key, number) = pair, name
        amount = data.draw(self.amounts(by))
        self.ask(Ask(verb=verb, by=by, other=other, key=key, number=number, amount_minor=amount))

    @rule(data=st.data(), by=MERCHANT, name=NAMED, verb=st.sampled_from(["order", "reserve"]), lives=LIVES)
    def order(self, data: st.DataObject, by: str, name: tuple[str | None, str], verb: Verb, lives: int | None) -> None:
        key, number = name
        amount = data.draw(self.amounts(CUSTOMERS[0]))
        self.ask(Ask(verb=verb, by=by, key=key, number=number, amount_minor=amount, lives_ms=lives))

    @precondition(some("requires_action"))
    @rule(data=st.data(), by=CUSTOMER, form=st.sampled_from(["f1", "f2"]), opens=st.integers(0, 3))
    def pay_on_page(self, data: st.DataObject, by: str, form: str, opens: int) -> None:
        target = self.target(data, "requires_action")
        if opens:
            self.ask(Ask(verb="claim", by=by, target=target))
        self.ask(Ask(verb="confirm", by=by, target=target, number=form))

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data(), by=MERCHANT, key=KEY, verb=st.sampled_from(["close", "void"]))
    def end(self, data: st.DataObject, by: str, key: str | None, verb: Verb) -> None:
        target = self.target(data)
        self.ask(Ask(verb=verb, by=self.payee(target, by, data), key=key, target=target))

    @precondition(some("authorized"))
    @rule(data=st.data(), by=MERCHANT, key=KEY, final=st.booleans())
    def capture(self, data: st.DataObject, by: str, key: str | None, final: bool) -> None:
        target = self.target(data, "authorized")
        by = self.payee(target, by, data)
        amount = data.draw(st.one_of(st.none(), self.parts(target)))
        self.ask(Ask(verb="capture", by=by, key=key, target=target, amount_minor=amount, final=final))

    @precondition(some("succeeded"))
    @rule(data=st.data(), by=MERCHANT, name=NAMED)
    def refund(self, data: st.DataObject, by: str, name: tuple[str | None, str]) -> None:
        key, number = name
        target = self.target(data, "succeeded")
        by = self.payee(target, by, data)
        amount = data.draw(self.parts(target))
        self.ask(Ask(verb="refund", by=by, key=key, number=number, target=target, amount_minor=amount))

    @precondition(some("authorized", "succeeded"))
    @rule(data=st.data(), verb=st.sampled_from(["capture", "refund"]))
    def together(self, data: st.DataObject, verb: Verb) -> None:
        """Several at once on one payment: they are decided in order, and see each other."""
        target = self.target(data, "authorized" if verb == "capture" else "succeeded")
        by = self.model.orders[target].payee
        amounts = data.draw(st.lists(self.parts(target), min_size=2, max_size=4))
        self.ask(
            *(
                Ask(verb=verb, by=by, number=f"{self.steps}-{n}", target=target, amount_minor=amount, final=False)
                for n, amount in enumerate(amounts)
            )
        )

    @rule(
        data=st.data(), verb=st.sampled_from(["deposit", "deposit", "freeze", "unfreeze", "unfreeze", "close_account"])
    )
    def keep_account(self, data: st.DataObject, verb: Verb) -> None:
        frozen = [name for name in ANYBODY if self.model.purses[name].status == "frozen"]
        name = data.draw(st.sampled_from(frozen if frozen and verb == "unfreeze" else ANYBODY))
        self.ask(Ask(verb=verb, by="bank", number=f"in-{self.steps}", target=name, amount_minor=700))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), other=st.booleans())
    def repeat(self, data: st.DataObject, other: bool) -> None:
        """Ask under a used key: the same again, or something else."""
        ask = data.draw(st.sampled_from(self.asked))
        self.ask(msgspec.structs.replace(ask, amount_minor=(ask.amount_minor or 0) + 1) if other else ask)

    @rule(milliseconds=st.sampled_from([1, 1_000, 1_000, 1_800_000, SEVEN_DAYS_MS]), workers_run=st.booleans())
    def let_time_pass(self, milliseconds: int, workers_run: bool) -> None:
        self.model.now += milliseconds
        for bank in self.banks:
            bank.let_time_pass(milliseconds)
        if workers_run:
            self.model.expire()
            for bank in self.banks:
                bank.expire()
            self.compare()

    def target(self, data: st.DataObject, *statuses: str) -> str:
        """Mostly one that is in the right state."""
        every = list(self.model.orders)
        fitting = [name for name in every if self.model.orders[name].status in statuses]
        picky = data.draw(st.integers(0, 4))
        return data.draw(st.sampled_from(fitting if fitting and picky else every))

    def amounts(self, payer: str) -> st.SearchStrategy[int]:
        """Amounts around what ``payer`` can pay, and small ones."""
        purse = self.model.purses[payer]
        free = max(1, purse.balance - purse.held)
        return st.sampled_from([1, 84, 250, 501, 2_501, free // 2 or 1, free, free + 1])

    def parts(self, target: str) -> st.SearchStrategy[int]:
        """Parts of what is left of a payment, and one unit more."""
        order = self.model.orders[target]
        left = order.captured - order.refunded if order.status == "succeeded" else order.amount - order.captured
        return st.sampled_from([1, 83, left // 2 or 1, left or 1, left + 1])

    def payee(self, target: str, otherwise: str, data: st.DataObject) -> str:
        """Mostly the one who may."""
        return self.model.orders[target].payee if data.draw(st.integers(0, 4)) else otherwise

    def ask(self, *asks: Ask) -> None:
        self.steps += 1
        self.asked += [ask for ask in asks if ask.key is not None]
        bodies, *others = (bank.ask(asks) for bank in self.banks)
        assert all(other == bodies for other in others)
        for ask, body in zip(asks, bodies, strict=True):
            said = msgspec.json.decode(body)
            assert essence(*said) == self.model.answer(ask), ask
            if said[0] == "CreatedPayment" and self.model.fresh is not None:
                self.model.name(said[1]["payment"]["id"])
                self.model.fresh = None
        self.compare()
        if self.steps % VERIFY_EVERY == 0:
            self.banks[0].verify()

    def compare(self) -> None:
        for bank in self.banks:
            purses, payments = bank.look()
            assert purses == {
                name: (purse.balance, purse.held, purse.expected, purse.status)
                for name, purse in self.model.purses.items()
            }
            assert payments == {
                name: (order.status, order.captured, order.refunded, order.fee, order.fee_back)
                for name, order in self.model.orders.items()
            }
        assert sum(purse.balance for purse in self.model.purses.values()) == 0

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            for bank in self.banks:
                bank.verify()
            rows, *others = (bank.rows() for bank in self.banks)
            assert all(other == rows for other in others)


def machine_in(*fresh: Worlds) -> type[BankMachine]:
    """Return the machine in worlds of these makers."""
    return type("BankMachineInWorlds", (BankMachine,), {"fresh": fresh})
