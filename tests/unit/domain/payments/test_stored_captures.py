"""Holds on a database, through the real committer: what is stored, what is due, and races that have one winner."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.factories.payments import account_payment, confirmation, h5_payment, refund
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.payments import capture, confirm, create, expire_hold, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.expire_hold import ExpireHold, due
from tongbao_platform.domain.payments.get import get
from tongbao_platform.domain.payments.holds import HOLD_LIFE_MS
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.void import VoidPayment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

ALL = CapturePayment(payment_id="pay_1", by_merchant_id="mch_shop")
VOID = VoidPayment(payment_id="pay_1", by_merchant_id="mch_shop")
EXPIRE = ExpireHold(payment_id="pay_1")
PARTS = 20


def part(amount_minor: int, *, final: bool = False) -> CapturePayment:
    return CapturePayment(payment_id="pay_1", amount_minor=amount_minor, final=final, by_merchant_id="mch_shop")


async def authorized(bank: StoredBank, number: str = "1", amount_minor: int = 10_000) -> Payment:
    command = account_payment(number, amount_minor, capture_method="manual")
    result = await bank.run(create, command, by="mch_buyer")
    payment: Payment = result.payment
    assert payment.status == "authorized"
    return payment


async def money(bank: StoredBank, name: str) -> tuple[int, int]:
    """Return what an account holds and what is set aside of it."""
    balance = await get_balance(bank.reader, None, f"acc_{name}")
    assert balance is not None
    return balance.posted_minor, balance.held_minor


async def assert_clean(bank: StoredBank) -> None:
    report = await verify(bank.reader)
    assert report.is_clean, report.findings


async def test_what_is_written_is_what_is_read(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        payment = await authorized(bank)
        assert await get(bank.reader, "mch_shop", "pay_1") == payment
        bank.clock.advance(1_000)
        partly = (await bank.run(capture, part(4_000), by="mch_shop")).payment
        assert partly.captures[0].captured_at == bank.clock.now()
        assert await get(bank.reader, "mch_buyer", "pay_1") == partly
        assert await money(bank, "buyer") == (FUNDS_MINOR - 4_000, 6_000)
        done = (await bank.run(capture, part(1_000, final=True), by="mch_shop")).payment
        assert await get(bank.reader, "mch_shop", "pay_1") == done
        assert done.status == "succeeded"
        assert await money(bank, "buyer") == (FUNDS_MINOR - 5_000, 0)
        assert await money(bank, "shop") == (FUNDS_MINOR + 4_970, 0)
        await assert_clean(bank)


@pytest.mark.parametrize("operation", [(capture, ALL), (void, VOID)])
async def test_a_stranger_does_not_learn_of_an_authorized_payment(database_url: str, operation: Any) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        verb, command = operation
        refusal = await bank.run(verb, command, by="mch_other")
        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_found"


async def test_a_hold_made_in_the_same_batch_is_captured(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await bank.run(create, h5_payment(capture_method="manual"), by="mch_shop")
        await bank.run(claim, ClaimCheckout(checkout_id="pay_1", customer_id="cus_zhang"))
        confirmed, captured = await asyncio.gather(
            bank.run(confirm, confirmation()), bank.run(capture, ALL, by="mch_shop")
        )
        assert (confirmed.outcome, captured.payment.status) == ("authorized", "succeeded")
        assert await money(bank, "zhang") == (FUNDS_MINOR - 10_000, 0)
        await assert_clean(bank)


async def test_authorized_payments_are_due_in_the_order_of_their_time(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        for number in ("1", "2"):
            await authorized(bank, number)
            bank.clock.advance(1_000)
        last = (await authorized(bank, "3")).capture_before
        assert last is not None
        assert await due(bank.reader, Instant(last - 1), 10) == ["pay_1", "pay_2"]
        assert await due(bank.reader, last, 10) == ["pay_1", "pay_2", "pay_3"]
        assert await due(bank.reader, last, 1) == ["pay_1"]
        await bank.run(capture, ALL, by="mch_shop")
        await bank.run(void, VoidPayment(payment_id="pay_2"))
        bank.clock.advance(HOLD_LIFE_MS)
        assert await due(bank.reader, bank.clock.now(), 10) == ["pay_3"]
        await bank.run(expire_hold, ExpireHold(payment_id="pay_3"))
        assert await due(bank.reader, bank.clock.now(), 10) == []
        assert await money(bank, "buyer") == (FUNDS_MINOR - 10_000, 0)
        await assert_clean(bank)


async def test_of_many_captures_one_wins(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        results = await asyncio.gather(*(bank.run(capture, ALL, by="mch_shop") for _ in range(PARTS)))
        assert Counter(getattr(result, "code", "captured") for result in results) == {
            "captured": 1,
            "payment_invalid_state": PARTS - 1,
        }
        assert await money(bank, "buyer") == (FUNDS_MINOR - 10_000, 0)
        assert await money(bank, "shop") == (FUNDS_MINOR + 9_940, 0)
        await assert_clean(bank)


async def test_parts_at_once_never_take_more_than_was_held(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        # Fourteen parts of 700 fit into 10,000, and 200 are left.
        results = await asyncio.gather(*(bank.run(capture, part(700), by="mch_shop") for _ in range(PARTS)))
        assert Counter(getattr(result, "code", "captured") for result in results) == {
            "captured": 14,
            "validation_failed": PARTS - 14,
        }
        assert {result.remaining for result in results if isinstance(result, Refusal)} == {200}
        stored = await get(bank.reader, "mch_shop", "pay_1")
        assert stored is not None
        assert (stored.status, stored.amount_captured_minor, stored.revision) == ("authorized", 9_800, 15)
        assert await money(bank, "buyer") == (FUNDS_MINOR - 9_800, 200)
        await assert_clean(bank)


@pytest.mark.parametrize("first", ["capture", "void"])
async def test_of_capture_and_void_one_wins(database_url: str, first: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        contenders: list[tuple[Any, Any]] = [(capture, ALL), (void, VOID)] * 5
        if first == "void":
            contenders.reverse()
        results = await asyncio.gather(*(bank.run(*each, by="mch_shop") for each in contenders))
        winners = [result.payment for result in results if not isinstance(result, Refusal)]
        assert [winner.status for winner in winners] == ["succeeded" if first == "capture" else "canceled"]
        assert await get(bank.reader, "mch_shop", "pay_1") == winners[0]
        moved = 10_000 if first == "capture" else 0
        assert await money(bank, "buyer") == (FUNDS_MINOR - moved, 0)
        await assert_clean(bank)


async def test_when_its_time_is_over_only_expiry_ends_a_hold(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        bank.clock.advance(HOLD_LIFE_MS)
        captured, voided, *expired = await asyncio.gather(
            bank.run(capture, ALL, by="mch_shop"),
            bank.run(void, VOID, by="mch_shop"),
            *(bank.run(expire_hold, EXPIRE) for _ in range(5)),
        )
        assert {captured.code, voided.code} == {"payment_invalid_state"}
        assert sorted(each.changed for each in expired) == [False] * 4 + [True]
        stored = await get(bank.reader, "mch_shop", "pay_1")
        assert stored is not None
        assert (stored.status, stored.revision) == ("canceled", 2)
        assert await money(bank, "buyer") == (FUNDS_MINOR, 0)
        await assert_clean(bank)


async def test_a_hold_counts_in_every_check_of_the_balance(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank, "1", FUNDS_MINOR * 8 // 10)
        attempts = (account_payment(f"2-{number}", FUNDS_MINOR * 3 // 10) for number in range(5))
        declined = await asyncio.gather(*(bank.run(create, command, by="mch_buyer") for command in attempts))
        assert {result.payment.last_error.code for result in declined} == {"insufficient_funds"}
        assert await money(bank, "buyer") == (FUNDS_MINOR, FUNDS_MINOR * 8 // 10)
        rest = await bank.run(create, account_payment("3", FUNDS_MINOR * 2 // 10), by="mch_buyer")
        assert rest.payment.status == "succeeded"
        await assert_clean(bank)


async def test_holds_that_do_not_fit_together_have_one_winner(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        commands = [account_payment(str(number), FUNDS_MINOR, capture_method="manual") for number in range(10)]
        results = await asyncio.gather(*(bank.run(create, command, by="mch_buyer") for command in commands))
        assert Counter(result.payment.status for result in results) == {"authorized": 1, "failed": 9}
        assert await money(bank, "buyer") == (FUNDS_MINOR, FUNDS_MINOR)
        await assert_clean(bank)


async def test_of_two_refunds_of_what_was_captured_one_wins(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await authorized(bank)
        await bank.run(capture, part(4_000, final=True), by="mch_shop")
        results = await asyncio.gather(
            *(bank.run(create_refund, refund(str(number), 4_000), by="mch_shop") for number in range(5))
        )
        assert Counter(getattr(result, "code", "refunded") for result in results) == {
            "refunded": 1,
            "refund_exceeds_payment": 4,
        }
        assert await money(bank, "buyer") == (FUNDS_MINOR, 0)
        await assert_clean(bank)
