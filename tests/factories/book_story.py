"""A random story of a stored bank: days of money moving by every operation on accounts, the same for one seed."""

from random import Random
from typing import Any

from msgspec.structs import replace

from tests.factories import book_moves
from tests.factories.book_moves import MoveMoney
from tests.factories.payments import account_payment
from tests.factories.stored_bank import StoredBank
from tongbao_platform.domain.accounts import (
    convert,
    deposit,
    freeze,
    open_clearing,
    settle_clearing,
    split,
    sweep,
    unfreeze,
)
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.convert import ConvertMoney
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.freeze import FreezeAccount
from tongbao_platform.domain.accounts.get import get_ledger_account
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.accounts.open_clearing import OpenClearing
from tongbao_platform.domain.accounts.rates import Rate
from tongbao_platform.domain.accounts.settle_clearing import SettleClearing
from tongbao_platform.domain.accounts.split import Share, SplitFee
from tongbao_platform.domain.accounts.sweep import SweepAccount
from tongbao_platform.domain.accounts.unfreeze import UnfreezeAccount
from tongbao_platform.domain.payments import create
from tongbao_platform.kernel.clock import HOUR_MS, Instant
from tongbao_platform.ledger.instructions import PostHold, ReleaseHold
from tongbao_platform.ledger.states import LedgerRuleBroken

OWNED = {"acc_buyer": "mch_buyer", "acc_shop": "mch_shop", "acc_usd": "mch_shop", "acc_zhang": "cus_zhang"}
BANKS = ("acc_bank", "acc_fee", "acc_clearing", "acc_fx_cny", "acc_fx_usd")
STEPS = (
    "deposit pay pay pay refusable_pay hold hold capture release freeze unfreeze sweep settle convert split wait wait"
).split()


class Story:
    """Tells itself step by step; ``moments`` are the times at which something was tried."""

    def __init__(self, bank: StoredBank, seed: int) -> None:
        self.bank = bank
        self.random = Random(seed)
        self.moments: list[Instant] = []
        self.number = 0
        self.held: dict[str, tuple[str, str, int]] = {}

    async def open(self) -> None:
        """Open what the story needs beside the stored bank."""
        opened: list[tuple[str, str | None, Any, str]] = [
            ("acc_fx_cny", None, "fx_position", "CNY"),
            ("acc_fx_usd", None, "fx_position", "USD"),
            ("acc_usd", "mch_shop", "merchant", "USD"),
        ]
        for account_id, owner_id, kind, currency in opened:
            await self.bank.run(
                open_account, OpenAccount(account_id=account_id, owner_id=owner_id, kind=kind, currency=currency)
            )
        await self.bank.run(
            open_clearing, OpenClearing(account_id="acc_clearing", flow="sweep", currency="CNY", sla_seconds=3_600)
        )

    async def tell(self, steps: int) -> None:
        """Take random steps; many are refused, and that is part of the story."""
        for _ in range(steps):
            self.number += 1
            self.moments.append(self.bank.clock.advance(self.random.choice((0, 0, 1, 250, HOUR_MS // 3))))
            await getattr(self, f"_{self.random.choice(STEPS)}")()

    async def end(self) -> None:
        """Pay out what was swept, so that the clearing account is at zero."""
        clearing = await get_ledger_account(self.bank.reader, "acc_clearing")
        if clearing is not None and clearing.balance_minor:
            command = SettleClearing(
                reference_id="end",
                clearing_account_id="acc_clearing",
                to_account_id="acc_bank",
                amount_minor=clearing.balance_minor,
            )
            await self.bank.run(settle_clearing, command)

    def _amount(self, most: int = 30_000) -> int:
        return self.random.randint(1, most)

    async def _wait(self) -> None:
        self.bank.clock.advance(self.random.choice((1, 5 * HOUR_MS, 30 * HOUR_MS)))

    async def _deposit(self) -> None:
        target = self.random.choice(("acc_buyer", "acc_shop", "acc_zhang"))
        arrival = Deposit(account_id=target, from_account_id="acc_bank", amount_minor=self._amount(), reference_id="x")
        await self.bank.run(deposit, arrival)

    async def _pay(self) -> None:
        await self.bank.run(create, account_payment(f"{self.number}", self._amount()), by="mch_buyer")

    async def _refusable_pay(self) -> None:
        await self.bank.run(create, account_payment(f"{self.number}", 10**9), by="mch_buyer")

    async def _hold(self) -> None:
        debit, credit = self.random.sample(("acc_buyer", "acc_shop", "acc_zhang"), 2)
        hold_id, amount = f"hld_{self.number}", self._amount(2_000)
        if await self._moves(book_moves.hold(hold_id, debit, credit, amount)):
            self.held[hold_id] = (debit, credit, amount)

    async def _capture(self) -> None:
        if not self.held:
            return
        hold_id = self.random.choice(sorted(self.held))
        debit, credit, rest = self.held.pop(hold_id)
        amount, final = self.random.randint(1, rest), self.random.random() < 0.5
        part = PostHold(hold_id=hold_id, amount_minor=amount, type="test", final=final)
        assert await self._moves(part, accounts=(debit, credit))
        if not final and amount < rest:
            self.held[hold_id] = (debit, credit, rest - amount)

    async def _release(self) -> None:
        if self.held:
            hold_id = self.random.choice(sorted(self.held))
            debit, credit, _ = self.held.pop(hold_id)
            assert await self._moves(ReleaseHold(hold_id=hold_id), accounts=(debit, credit))

    async def _freeze(self) -> None:
        await self.bank.run(freeze, FreezeAccount(account_id=self.random.choice(sorted(OWNED)), reason="story"))

    async def _unfreeze(self) -> None:
        for account_id in sorted(OWNED):
            await self.bank.run(unfreeze, UnfreezeAccount(account_id=account_id, reason="story"))

    async def _sweep(self) -> None:
        command = SweepAccount(
            reference_id=f"s-{self.number}",
            account_id=self.random.choice(("acc_shop", "acc_buyer")),
            clearing_account_id="acc_clearing",
            at_most_minor=self._amount(),
            target_minor=self.random.choice((0, 50_000)),
        )
        await self.bank.run(sweep, command)

    async def _settle(self) -> None:
        command = SettleClearing(
            reference_id=f"o-{self.number}",
            clearing_account_id="acc_clearing",
            to_account_id=self.random.choice(("acc_bank", "acc_bank", "acc_shop")),
            amount_minor=self._amount(),
        )
        await self.bank.run(settle_clearing, command)

    async def _convert(self) -> None:
        command = ConvertMoney(
            reference_id=f"c-{self.number}",
            from_account_id="acc_shop",
            to_account_id="acc_usd",
            from_position_id="acc_fx_cny",
            to_position_id="acc_fx_usd",
            fee_account_id="acc_fee",
            sell_minor=self._amount(),
            rate=Rate(self.random.randint(1_300, 1_500), 10_000),
            margin_ppm=self.random.choice((0, 2_500)),
        )
        back = replace(
            command,
            from_account_id="acc_usd",
            to_account_id="acc_shop",
            from_position_id="acc_fx_usd",
            to_position_id="acc_fx_cny",
        )
        await self.bank.run(convert, self.random.choice((command, command, back)))

    async def _split(self) -> None:
        command = SplitFee(
            reference_id=f"f-{self.number}",
            from_account_id="acc_fee",
            amount_minor=self._amount(100),
            shares=(Share("acc_shop", 333_333), Share("acc_buyer", 333_333), Share("acc_zhang", 333_334)),
        )
        await self.bank.run(split, command)

    async def _moves(self, *instructions: Any, accounts: tuple[str, ...] = ()) -> bool:
        try:
            await self.bank.run(book_moves, MoveMoney(instructions, accounts))
        except LedgerRuleBroken:
            return False
        return True
