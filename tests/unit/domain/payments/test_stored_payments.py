"""Payments on both databases: written whole, read by those who may, listed newest first."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.factories.payments import account_payment, confirmation, h5_payment
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.checkouts.get import by_token
from tongbao_platform.domain.payments import close, confirm, create, expire
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.expire import ExpirePayment, due
from tongbao_platform.domain.payments.filters import PaymentFilter
from tongbao_platform.domain.payments.get import get, get_by_merchant_order_no
from tongbao_platform.domain.payments.list import list_payments, position_of
from tongbao_platform.domain.payments.model import Payment, Scene
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

ALL = PaymentFilter()


async def numbers(bank: StoredBank, merchant_id: str, wanted: PaymentFilter = ALL) -> list[str]:
    found = await list_payments(bank.reader, merchant_id, wanted, None, 100)
    return [payment.id.removeprefix("pay_") for payment in found]


async def create_some(bank: StoredBank, *commands: Any) -> list[Payment]:
    payments = []
    for command in commands:
        result = await bank.run(create, command, by=command.creator_merchant_id)
        payments.append(result.payment)
        bank.clock.advance(1)
    return payments


async def test_what_is_written_is_what_is_read(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        scene = Scene(client_ip="203.0.113.9", store_id="S01")
        written = await create_some(
            bank,
            account_payment("1", metadata={"cart": "9", "店": "豆"}, scene=scene),
            account_payment("2", amount_minor=FUNDS_MINOR * 2),
            h5_payment("3"),
        )
        assert [payment.status for payment in written] == ["succeeded", "failed", "requires_action"]
        for payment in written:
            assert await get(bank.reader, payment.merchant_id, payment.id) == payment
            assert await get(bank.reader, None, payment.id) == payment


async def test_payee_and_payer_read_it_and_strangers_do_not(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        (payment,) = await create_some(bank, account_payment("1"))
        assert await get(bank.reader, "mch_shop", "pay_1") == payment
        assert await get(bank.reader, "mch_buyer", "pay_1") == payment
        assert await get(bank.reader, "mch_other", "pay_1") is None
        assert await get(bank.reader, "mch_shop", "pay_2") is None
        assert await get_by_merchant_order_no(bank.reader, "mch_buyer", "order-1") == payment
        assert await get_by_merchant_order_no(bank.reader, "mch_shop", "order-1") is None
        assert await numbers(bank, "mch_shop") == await numbers(bank, "mch_buyer") == ["1"]
        assert await numbers(bank, "mch_other") == []


async def test_pages_follow_each_other_without_gap_or_repeat(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        commands = [account_payment(str(n), 100) if n % 2 else h5_payment(str(n)) for n in range(1, 8)]
        for command in commands:
            await bank.run(create, command, by=command.creator_merchant_id)
            if command.payment_id in {"pay_2", "pay_5"}:
                bank.clock.advance(1)
        seen: list[str] = []
        after = None
        while page := await list_payments(bank.reader, "mch_shop", ALL, after, 2):
            seen += [payment.id for payment in page]
            after = position_of(page[-1])
        assert seen == [f"pay_{number}" for number in (7, 6, 5, 4, 3, 2, 1)]


async def test_filters(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        one, two, three = await create_some(
            bank,
            account_payment("1", metadata={"cart.no": "9", "x": "1"}),
            h5_payment("2", metadata={"cart.no": "9"}),
            account_payment("3", amount_minor=FUNDS_MINOR * 2),
        )
        assert await numbers(bank, "mch_shop", PaymentFilter(status="failed")) == ["3"]
        assert await numbers(bank, "mch_shop", PaymentFilter(created_from=two.created_at)) == ["3", "2"]
        assert await numbers(bank, "mch_shop", PaymentFilter(created_to=three.created_at)) == ["2", "1"]
        assert await numbers(bank, "mch_buyer", PaymentFilter(merchant_order_no="order-1")) == [one.id[4:]]
        assert await numbers(bank, "mch_shop", PaymentFilter(merchant_order_no="order-1")) == []
        assert await numbers(bank, "mch_shop", PaymentFilter(metadata=(("cart.no", "9"),))) == ["2"]
        assert await numbers(bank, "mch_buyer", PaymentFilter(metadata=(("cart.no", "9"), ("x", "1")))) == ["1"]
        assert await numbers(bank, "mch_buyer", PaymentFilter(metadata=(("cart.no", "8"),))) == []


async def test_parallel_creates_make_one_payment(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        commands = [replace(account_payment("1"), payment_id=f"pay_{number}") for number in range(20)]
        results = await asyncio.gather(*(bank.run(create, command, by="mch_buyer") for command in commands))
        assert sorted(result.existing for result in results) == [False] + [True] * 19
        assert len({result.payment.id for result in results}) == 1
        conflict = await bank.run(create, account_payment("1", amount_minor=1), by="mch_buyer")
        assert isinstance(conflict, Refusal)
        assert conflict.code == "merchant_number_conflict"


async def test_a_checkout_from_its_token_to_the_money(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await create_some(bank, h5_payment("1"))
        checkout = await by_token(bank.reader, b"hash-1")
        assert checkout is not None
        assert await by_token(bank.reader, b"hash-2") is None
        await bank.run(claim, ClaimCheckout(checkout_id=checkout.id, customer_id="cus_zhang"))
        results = await asyncio.gather(
            *(bank.run(confirm, confirmation("1", attempt_key=f"form-{n}")) for n in range(5))
        )
        assert sorted(result.outcome for result in results) == ["already_succeeded"] * 4 + ["succeeded"]
        stored = await get(bank.reader, "mch_shop", checkout.id)
        assert stored == results[0].payment
        assert stored is not None
        assert stored.checkout_token_sealed == b"sealed-token"
        balance = await get_balance(bank.reader, "mch_shop", "acc_shop")
        assert balance is not None
        assert balance.available_minor == FUNDS_MINOR + 9_940


async def test_due_payments_expire(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        first, second = await create_some(bank, h5_payment("1"), h5_payment("2"))
        assert second.expires_at is not None
        assert await due(bank.reader, Instant(second.expires_at - 1), 10) == [first.id]
        assert await due(bank.reader, second.expires_at, 10) == [first.id, second.id]
        assert await due(bank.reader, second.expires_at, 1) == [first.id]
        await bank.run(close, ClosePayment(payment_id="pay_1"), by="mch_shop")
        bank.clock.advance(second.expires_at - bank.clock.now())
        for payment_id in await due(bank.reader, bank.clock.now(), 10):
            await bank.run(expire, ExpirePayment(payment_id=payment_id))
        assert await due(bank.reader, bank.clock.now(), 10) == []
        states = [
            (payment.id, payment.status) for payment in await list_payments(bank.reader, "mch_shop", ALL, None, 9)
        ]
        assert states == [("pay_2", "expired"), ("pay_1", "canceled")]


@pytest.mark.parametrize("by", ["mch_buyer", "mch_other"])
async def test_another_merchant_does_not_close(database_url: str, by: str) -> None:
    async with stored_bank(database_url) as bank:
        await create_some(bank, h5_payment("1"))
        refusal = await bank.run(close, ClosePayment(payment_id="pay_1"), by=by)
        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_found"
