"""The bank as dictionaries of whole numbers: what each question is answered with, and what it leaves behind.

Written from the contract, not from the code; it shares nothing with the platform.
"""

from typing import Any, Final

import msgspec

from tests.factories.simulation_bank import CUSTOMERS, FEE_PPM, FUNDS, MERCHANTS, Ask

HALF_AN_HOUR_MS: Final = 1_800_000
SEVEN_DAYS_MS: Final = 604_800_000

Said = tuple[Any, ...]


class Purse(msgspec.Struct):
    """An account: what is posted, what is reserved on it and for it."""

    balance: int = 0
    held: int = 0
    expected: int = 0
    status: str = "open"

    def can_pay(self, amount: int) -> bool:
        """Tell whether ``amount`` is there and free."""
        return self.balance - self.held >= amount


class Order(msgspec.Struct):
    """A payment. ``payer`` is nobody until somebody pays or reserves."""

    ask: Ask
    payee: str
    status: str
    ends_at: int
    page_ends_at: int = 0
    payer: str = ""
    owner: str = ""
    captured: int = 0
    refunded: int = 0
    refunds: int = 0
    forms: set[str] = msgspec.field(default_factory=set)

    @property
    def amount(self) -> int:
        """What was ordered."""
        return self.ask.amount_minor or 0

    @property
    def is_manual(self) -> bool:
        """Whether the money is reserved first."""
        return self.ask.verb in {"authorize", "reserve"}

    @property
    def fee(self) -> int:
        """The fee on what was captured."""
        return fee(self.captured)

    @property
    def fee_back(self) -> int:
        """The part of the fee that went back with refunds."""
        return fee(self.captured) - fee(self.captured - self.refunded)


def fee(amount: int) -> int:
    """Six in a thousand, rounded half up."""
    whole, rest = divmod(amount * FEE_PPM, 1_000_000)
    return whole + (rest >= 500_000)


class BankModel:
    """Answers one question after the other; ``now`` is moved by whoever tests."""

    def __init__(self) -> None:
        self.now = 0
        names = (*MERCHANTS, *CUSTOMERS)
        self.purses = {name: Purse(FUNDS) for name in names} | {"fee": Purse()}
        self.purses["bank"] = Purse(-FUNDS * len(names))
        self.orders: dict[str, Order] = {}
        self.fresh: Order | None = None
        self._numbers: dict[tuple[str, str], Order] = {}
        self._refunds: dict[tuple[str, str], Ask] = {}
        self._answers: dict[tuple[str, str], tuple[bytes, Said]] = {}

    def name(self, payment_id: str) -> None:
        """Give the payment that was just made the id that the system drew."""
        assert self.fresh is not None
        self.orders[payment_id] = self.fresh

    def answer(self, ask: Ask) -> Said:
        """Return what ``ask`` is answered with, and do it."""
        if ask.key is None:
            return self._do(ask)
        earlier = self._answers.get((ask.by, ask.key))
        if earlier is not None:
            return earlier[1] if earlier[0] == ask.fingerprint else _no("idempotency_key_reused")
        said = self._do(ask)
        self._answers[ask.by, ask.key] = (ask.fingerprint, said)
        return said

    def expire(self) -> None:
        """Do what the expiry workers do."""
        for order in self.orders.values():
            if order.status == "requires_action" and order.ends_at <= self.now:
                order.status = "expired"
            elif order.status == "authorized" and order.ends_at <= self.now:
                self._let_go(order)

    def _do(self, ask: Ask) -> Said:
        self.fresh = None
        return getattr(self, f"_{ask.verb}")(ask)  # type: ignore[no-any-return]  # found by name

    def _known(self, ask: Ask) -> Said | None:
        known = self._numbers.get((ask.by, ask.number))
        if known is None:
            return None
        before = known.ask
        same = (before.verb, before.other, before.amount_minor) == (ask.verb, ask.other, ask.amount_minor)
        return _created(known, existing=True) if same else _no("merchant_number_conflict")

    def _pay(self, ask: Ask) -> Said:
        known = self._known(ask)
        if known is not None:
            return known
        if ask.by == ask.other:
            return _no("validation_failed")
        order = Order(ask, ask.other, "failed", 0, payer=ask.by)
        self._remember(order)
        if self._may_pay(order, ask.by):
            self._take(order, ask.by)
        return _created(order, existing=False)

    _authorize = _pay

    def _order(self, ask: Ask) -> Said:
        known = self._known(ask)
        if known is not None:
            return known
        ends_at = self.now + (ask.lives_ms or HALF_AN_HOUR_MS)
        order = Order(ask, ask.by, "requires_action", ends_at, page_ends_at=ends_at)
        self._remember(order)
        return _created(order, existing=False)

    _reserve = _order

    def _remember(self, order: Order) -> None:
        self.fresh = order
        self._numbers[order.ask.by, order.ask.number] = order

    def _may_pay(self, order: Order, payer: str) -> bool:
        both_open = self.purses[payer].status == self.purses[order.payee].status == "open"
        return both_open and self.purses[payer].can_pay(order.amount)

    def _take(self, order: Order, payer: str) -> None:
        order.payer = payer
        if order.is_manual:
            order.status, order.ends_at = "authorized", self.now + SEVEN_DAYS_MS
            self.purses[payer].held += order.amount
            self.purses[order.payee].expected += order.amount
        else:
            order.status, order.captured = "succeeded", order.amount
            self._move(payer, order.payee, order.amount)
            self._move(order.payee, "fee", fee(order.amount))

    def _page(self, ask: Ask) -> Order | None:
        order = self.orders.get(ask.target)
        return order if order is not None and order.ask.verb in {"order", "reserve"} else None

    def _claim(self, ask: Ask) -> Said:
        order = self._page(ask)
        if order is None:
            return _no("not_found")
        if order.owner not in {"", ask.by}:
            return _no("checkout_owned_by_another")
        if not order.owner and order.page_ends_at <= self.now:
            return _no("checkout_expired")
        order.owner = ask.by
        return ("Checkout", f"cus_{ask.by}")

    def _confirm(self, ask: Ask) -> Said:
        order = self._page(ask)
        if order is None:
            return _no("not_found")
        if order.owner != ask.by:
            return _no("checkout_owned_by_another")
        if order.status in {"succeeded", "authorized"} and order.payer == ask.by:
            return _confirmed(order, f"already_{order.status}")
        if order.status != "requires_action":
            return _no("payment_invalid_state")
        if ask.number in order.forms:
            return _confirmed(order, "declined")
        if order.ends_at <= self.now:
            order.status = "expired"
            return _confirmed(order, "expired")
        order.forms.add(ask.number)
        if not self._may_pay(order, ask.by):
            return _confirmed(order, "declined")
        self._take(order, ask.by)
        return _confirmed(order, order.status)

    def _visible(self, ask: Ask) -> Order | None:
        order = self.orders.get(ask.target)
        return order if order is not None and ask.by in {order.payee, order.payer} else None

    def _close(self, ask: Ask) -> Said:
        order = self._visible(ask)
        if order is None:
            return _no("not_found")
        if order.status == "canceled":
            return ("ClosedPayment", True, *_shown(order))
        if order.status != "requires_action":
            return _no("payment_invalid_state")
        order.status = "canceled"
        return ("ClosedPayment", False, *_shown(order))

    def _capture(self, ask: Ask) -> Said:
        order = self._visible(ask)
        if order is None or order.payee != ask.by:
            return _no("not_found")
        if order.status != "authorized" or order.ends_at <= self.now:
            return _no("payment_invalid_state")
        left = order.amount - order.captured
        part = left if ask.amount_minor is None else ask.amount_minor
        if part > left:
            return _no("validation_failed")
        if self.purses[order.payee].status != "open":
            return _no("payment_invalid_state")
        before = order.fee
        order.captured += part
        self._reserve_less(order, part)
        self._move(order.payer, order.payee, part)
        self._move(order.payee, "fee", order.fee - before)
        if ask.final or part == left:
            self._reserve_less(order, left - part)
            order.status = "succeeded"
        return ("CapturedPayment", None, *_shown(order))

    def _void(self, ask: Ask) -> Said:
        order = self._visible(ask)
        if order is None or order.payee != ask.by:
            return _no("not_found")
        if order.status != "authorized" or order.ends_at <= self.now:
            return _no("payment_invalid_state")
        self._let_go(order)
        return ("VoidedPayment", None, *_shown(order))

    def _let_go(self, order: Order) -> None:
        self._reserve_less(order, order.amount - order.captured)
        order.status = "succeeded" if order.captured else "canceled"

    def _reserve_less(self, order: Order, amount: int) -> None:
        self.purses[order.payer].held -= amount
        self.purses[order.payee].expected -= amount

    def _refund(self, ask: Ask) -> Said:
        known = self._refunds.get((ask.by, ask.number))
        if known is not None:
            same = (known.target, known.amount_minor) == (ask.target, ask.amount_minor)
            return ("CreatedRefund", True, known.amount_minor) if same else _no("merchant_number_conflict")
        order, amount = self.orders.get(ask.target), ask.amount_minor or 0
        if order is None or order.payee != ask.by:
            return _no("validation_failed")
        if order.status != "succeeded":
            return _no("payment_invalid_state")
        if amount > order.captured - order.refunded:
            return _no("refund_exceeds_payment")
        if order.refunds >= 50:
            return _no("limit_exceeded")
        payee, payer = self.purses[order.payee], self.purses[order.payer]
        if payee.status != "open":
            return _no("insufficient_balance")
        if payer.status != "open":
            return _no("payment_invalid_state")
        left = order.captured - order.refunded
        back = fee(left) - fee(left - amount)
        if not payee.can_pay(amount - back):
            return _no("insufficient_balance")
        order.refunded += amount
        order.refunds += 1
        self._refunds[ask.by, ask.number] = ask
        self._move("fee", order.payee, back)
        self._move(order.payee, order.payer, amount)
        return ("CreatedRefund", False, amount)

    def _deposit(self, ask: Ask) -> Said:
        if self.purses[ask.target].status != "open":
            return _no("not_found")
        self._move("bank", ask.target, ask.amount_minor or 0)
        return ("NoneType",)

    def _freeze(self, ask: Ask) -> Said:
        return self._step(ask, "open", "frozen")

    def _unfreeze(self, ask: Ask) -> Said:
        return self._step(ask, "frozen", "open")

    def _close_account(self, ask: Ask) -> Said:
        purse = self.purses[ask.target]
        if purse.balance or purse.held or purse.expected:
            return _no("account_not_empty")
        return self._step(ask, "open", "closed")

    def _step(self, ask: Ask, before: str, after: str) -> Said:
        purse = self.purses[ask.target]
        if purse.status != before:
            return _no("account_invalid_state")
        purse.status = after
        return ("AccountView", after)

    def _move(self, debit: str, credit: str, amount: int) -> None:
        self.purses[debit].balance -= amount
        self.purses[credit].balance += amount


def _no(code: str) -> Said:
    return ("Refusal", code)


def _shown(order: Order) -> Said:
    return (order.status, order.captured, order.refunded, order.fee)


def _created(order: Order, *, existing: bool) -> Said:
    return ("CreatedPayment", existing, *_shown(order))


def _confirmed(order: Order, outcome: str) -> Said:
    return ("ConfirmedPayment", outcome, *_shown(order))


def essence(kind: str, members: Any) -> Said:
    """Return what the model says of an answer: (class, what happened, how the payment stands)."""
    if kind == "Refusal":
        return (kind, members["code"])
    if kind == "Checkout":
        return (kind, members["customer_id"])
    if kind == "AccountView":
        return (kind, members["status"])
    if kind == "CreatedRefund":
        return (kind, members["existing"], members["refund"]["amount_minor"])
    if kind == "NoneType":
        return (kind,)
    payment = members["payment"]
    return (
        kind,
        members.get("existing", members.get("outcome")),
        payment["status"],
        payment["amount_captured_minor"],
        payment["amount_refunded_minor"],
        payment["fee_minor"],
    )
