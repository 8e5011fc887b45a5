"""The real thing behind the model: the committer on a database, asked the same requests."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import select

from tests.factories.committers import Running, running_committer
from tests.factories.payments import SHOP
from tests.factories.rows import START
from tests.simulation.committer_model import FUNDS, Request, Said
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.payments import close, create
from tongbao_platform.domain.payments.close import ClosedPayment, ClosePayment
from tongbao_platform.domain.payments.create import CreatedPayment, CreatePayment, NewCheckout, Payee
from tongbao_platform.domain.payments.model import AccountMethod, H5Method
from tongbao_platform.domain.payments.tables import PAYMENTS
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.refunds.create import CreatedRefund, CreateRefund
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.operation import Answer, Context, Idempotency, Outcome
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import Instant, VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.tables import ACCOUNTS

_FAR = Instant(2**50)
_NAMES = ("buyer", "shop")
PAYEES = {
    name: Payee(
        merchant_id=f"mch_{name}",
        account_id=f"acc_{name}",
        fee_rate_ppm=SHOP.fee_rate_ppm,
        fee_account_id="acc_fee",
        return_origins=SHOP.return_origins,
    )
    for name in _NAMES
}


def said_of(result: Any) -> str:
    """Render a result or a refusal as the model words it."""
    if isinstance(result, Refusal):
        return result.code
    if isinstance(result, CreatedPayment):
        return f"{'existing' if result.existing else 'new'} {result.payment.status}"
    if isinstance(result, ClosedPayment):
        return f"closed {'before' if result.existing else 'now'}"
    assert isinstance(result, CreatedRefund)
    return f"refunded {'before' if result.existing else 'now'}"


def _render(result: Any) -> Answer:
    return Answer(status=200, headers=(), body=said_of(result).encode())


class World:
    """A bank of two merchants on ``url``, without the syncs that only a power cut would miss."""

    def __init__(self, url: str, numbers: Iterator[int] | None = None) -> None:
        self._url = url
        self._numbers = numbers or count(1)
        self._ids: dict[tuple[str, int], str] = {}
        self._clock = VirtualClock(START)

    async def open(self) -> None:
        """Start a committer and fill the bank."""
        await self.join()
        for account_id, owner, kind in (
            ("acc_bank", None, "bank_settlement"),
            ("acc_fee", None, "fee_income"),
            ("acc_buyer", "mch_buyer", "merchant"),
            ("acc_shop", "mch_shop", "merchant"),
        ):
            opening = OpenAccount(account_id=account_id, owner_id=owner, kind=kind, currency="CNY")  # type: ignore[arg-type]  # all are kinds
            await self.running.committer.run(open_account, opening, Context(actor="test"))
        for name in _NAMES:
            arrival = Deposit(
                account_id=f"acc_{name}", from_account_id="acc_bank", amount_minor=FUNDS, reference_id="start"
            )
            await self.running.committer.run(deposit, arrival, Context(actor="test"))

        await self._relax()

    async def join(self) -> None:
        """Start a committer on a bank that another world has filled."""
        self._entered = running_committer(self._url, self._clock)
        self.running: Running = await self._entered.__aenter__()

    async def _relax(self) -> None:
        connection = self.running.committer._recovery._session._connection  # type: ignore[union-attr]  # it is open
        if self._url.startswith("postgresql"):
            await connection.execute("SET synchronous_commit = off")
        else:
            connection.execute("PRAGMA synchronous=OFF")

    async def run(self, batch: Sequence[Request]) -> list[Said]:
        """Start the requests together, as one batch, and return what each caller is told."""
        return [_told(outcome) for outcome in await asyncio.gather(*(self._run(one) for one in batch))]

    async def _run(self, request: Request) -> Outcome:
        operation, command, by = self._command(request)
        caller = Caller(
            client_id=f"app_{by}",
            merchant_id=f"mch_{by}",
            profile="merchant",
            scopes=frozenset(),
            api_version="2026-11-22",
            livemode=False,
        )
        asked = None
        if request.key is not None:
            print_of = hashlib.sha256(msgspec.json.encode(request)).digest()
            asked = Idempotency(scope="all", key=request.key, fingerprint=print_of, expires_at=_FAR)
        context = Context(actor="test", caller=caller, idempotency=asked, render=_render)
        return await self.running.committer.run(operation, command, context)

    def _command(self, request: Request) -> tuple[Any, Any, str]:
        if request.verb == "close":
            known = self._ids.get(("shop", request.target), "pay_none")
            return close, ClosePayment(payment_id=known), "shop"
        if request.verb == "refund":
            return create_refund, self._refund(request), request.payee
        by = "shop" if request.verb == "order" else request.payer
        return create, self._payment(request, by), by

    def _payment(self, request: Request, by: str) -> CreatePayment:
        number = next(self._numbers)
        ordered = request.verb == "order"
        return CreatePayment(
            payment_id=f"pay_{number}",
            creator_merchant_id=f"mch_{by}",
            client_id=f"app_{by}",
            livemode=False,
            merchant_order_no=f"order-{request.number}",
            amount_minor=request.amount_minor,
            currency="CNY",
            method=H5Method("https://shop.example/done")
            if ordered
            else AccountMethod(f"acc_{request.payer}", f"acc_{request.payee}"),
            payee=PAYEES["shop" if ordered else request.payee],
            checkout=NewCheckout(token_hash=b"hash-%d" % number, token_sealed=b"sealed") if ordered else None,
        )

    def _refund(self, request: Request) -> CreateRefund:
        return CreateRefund(
            refund_id=f"ref_{next(self._numbers)}",
            merchant_id=f"mch_{request.payee}",
            client_id=f"app_{request.payee}",
            payment_id=self._ids.get((request.payer, request.target), "pay_none"),
            merchant_refund_no=f"refund-{request.number}",
            amount_minor=request.amount_minor,
            currency="CNY",
        )

    async def look(self) -> tuple[dict[str, int], dict[tuple[str, int], tuple[str, int]]]:
        """Return the balances, and each payment's status and refunded amount; learn the payments' ids."""
        reader = self.running.reader
        table = PAYMENTS.c
        found = await reader.rows(
            select(
                table.creator_merchant_id, table.merchant_order_no, table.id, table.status, table.amount_refunded_minor
            )
        )
        named = {(creator[4:], int(number[6:])): rest for creator, number, *rest in found}
        self._ids = {name: payment_id for name, (payment_id, _, _) in named.items()}
        balances = await reader.rows(select(ACCOUNTS.c.id, ACCOUNTS.c.posted_credits - ACCOUNTS.c.posted_debits))
        return (
            {account_id[4:]: balance for account_id, balance in balances if account_id != "acc_bank"},
            {name: (status, refunded) for name, (_, status, refunded) in named.items()},
        )

    async def verify(self) -> None:
        """Prove the books."""
        async with self.running.reader.snapshot() as reader:
            report = await verify(reader)
        assert report.is_clean, report.findings

    async def close(self) -> None:
        await self._entered.__aexit__(None, None, None)


def _told(outcome: Outcome) -> Said:
    assert outcome.answer is not None
    return Said(outcome.answer.body.decode(), outcome.replayed)
