"""What the committer promises, as a dictionary: money, payments, refunds, and the answers of keys."""

from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

FUNDS = 10_000
FEE_PPM = 6_000

Verb = Literal["pay", "order", "close", "refund"]


class Request(msgspec.Struct, frozen=True):
    """One request. ``number`` is the merchant's; ``target`` the payment to close or refund, by its number.

    ``back`` turns the direction of a payment: the shop then pays the buyer.
    """

    verb: Verb
    key: str | None
    number: int
    target: int
    amount_minor: int
    back: bool

    def keyed(self) -> "Request":
        """Return the same request with a key."""
        return replace(self, key=self.key or "k1")

    @property
    def payer(self) -> str:
        """Whose account the money comes from."""
        return "shop" if self.back else "buyer"

    @property
    def payee(self) -> str:
        """Whose account the money goes to."""
        return "buyer" if self.back else "shop"


class Said(NamedTuple):
    """What a caller is told: the rendered answer, and whether it was a repeated one."""

    text: str
    replayed: bool = False


class _Payment(msgspec.Struct):
    order: Request
    payer: str
    payee: str
    status: str
    refunded: int = 0


def fee(amount: int) -> int:
    """Six in a thousand, rounded half up."""
    return (amount * FEE_PPM * 2 + 1_000_000) // 2_000_000


class Model:
    """Runs one request after the other."""

    def __init__(self) -> None:
        self.balances = {"buyer": FUNDS, "shop": FUNDS, "fee": 0}
        self.payments: dict[tuple[str, int], _Payment] = {}
        self.refunds: dict[tuple[str, int], Request] = {}
        self.answers: dict[str, tuple[Request, str]] = {}

    def statuses(self) -> dict[tuple[str, int], tuple[str, int]]:
        """Return each payment's status and what was refunded of it, by creator and number."""
        return {name: (payment.status, payment.refunded) for name, payment in self.payments.items()}

    def run_batch(self, batch: list[Request]) -> list[Said]:
        """Return what each caller is told. Nobody can name a payment that was not there before the batch."""
        known = frozenset(self.payments)
        return [self._run(request, known) for request in batch]

    def _run(self, request: Request, known: frozenset[tuple[str, int]]) -> Said:
        if request.key is None:
            return Said(self._do(request, known))
        earlier = self.answers.get(request.key)
        if earlier is not None:
            return Said(earlier[1], replayed=True) if earlier[0] == request else Said("idempotency_key_reused")
        text = self._do(request, known)
        self.answers[request.key] = (request, text)
        return Said(text)

    def _do(self, request: Request, known: frozenset[tuple[str, int]]) -> str:
        if request.verb == "close":
            name = ("shop", request.target)
            return self._close(self.payments[name] if name in known else None)
        if request.verb == "refund":
            name = (request.payer, request.target)
            return self._refund(request, self.payments[name] if name in known else None)
        return self._create(request)

    def _create(self, request: Request) -> str:
        name = ("shop" if request.verb == "order" else request.payer, request.number)
        known = self.payments.get(name)
        if known is not None:
            same = (known.order.verb, known.order.amount_minor) == (request.verb, request.amount_minor)
            return f"existing {known.status}" if same else "merchant_number_conflict"
        if request.verb == "order":
            self.payments[name] = _Payment(request, "", "shop", "requires_action")
            return "new requires_action"
        payment = _Payment(request, request.payer, request.payee, "failed")
        self.payments[name] = payment
        if self.balances[request.payer] >= request.amount_minor:
            payment.status = "succeeded"
            self._move(request.payer, request.payee, request.amount_minor)
            self._move(request.payee, "fee", fee(request.amount_minor))
        return f"new {payment.status}"

    def _close(self, payment: _Payment | None) -> str:
        if payment is None:
            return "not_found"
        if payment.status == "canceled":
            return "closed before"
        if payment.status != "requires_action":
            return "payment_invalid_state"
        payment.status = "canceled"
        return "closed now"

    def _refund(self, request: Request, payment: _Payment | None) -> str:
        """Let the payee refund the payment that ``payer`` made under ``target``."""
        name = (request.payee, request.number)
        known = self.refunds.get(name)
        if known is not None:
            same = (known.target, known.amount_minor) == (request.target, request.amount_minor)
            return "refunded before" if same else "merchant_number_conflict"
        if payment is None or payment.payee != request.payee:
            return "validation_failed"
        left = payment.order.amount_minor - payment.refunded
        if payment.status != "succeeded":
            return "payment_invalid_state"
        if request.amount_minor > left:
            return "refund_exceeds_payment"
        back = fee(left) - fee(left - request.amount_minor)
        if self.balances[payment.payee] < request.amount_minor - back:
            return "insufficient_balance"
        payment.refunded += request.amount_minor
        self.refunds[name] = request
        self._move("fee", payment.payee, back)
        self._move(payment.payee, payment.payer, request.amount_minor)
        return "refunded now"

    def _move(self, debit: str, credit: str, amount: int) -> None:
        self.balances[debit] -= amount
        self.balances[credit] += amount
