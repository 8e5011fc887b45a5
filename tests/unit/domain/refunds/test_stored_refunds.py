"""Refunds on both databases."""

import asyncio

from tests.factories.payments import account_payment, refund
from tests.factories.stored_bank import FUNDS_MINOR, StoredBank, stored_bank
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.payments.get import get as get_payment
from tongbao_platform.domain.refunds import create
from tongbao_platform.domain.refunds.filters import RefundFilter
from tongbao_platform.domain.refunds.get import get, get_by_merchant_refund_no
from tongbao_platform.domain.refunds.list import list_refunds, position_of
from tongbao_platform.kernel.errors import Refusal

ALL = RefundFilter()


async def pay(bank: StoredBank, *numbers: str) -> None:
    for number in numbers:
        await bank.run(create_payment, account_payment(number), by="mch_buyer")


async def funds(bank: StoredBank) -> list[int]:
    accounts = ("acc_buyer", "acc_shop", "acc_fee")
    balances = [await get_balance(bank.reader, None, account_id) for account_id in accounts]
    return [balance.posted_minor for balance in balances if balance is not None]


async def test_fifty_parallel_full_refunds_are_one(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await pay(bank, "1")
        results = await asyncio.gather(
            *(bank.run(create, refund(str(number), 10_000), by="mch_shop") for number in range(50))
        )
        refusals = [result for result in results if isinstance(result, Refusal)]
        assert (len(refusals), {refusal.code for refusal in refusals}) == (49, {"refund_exceeds_payment"})
        assert await funds(bank) == [FUNDS_MINOR, FUNDS_MINOR, 0]


async def test_fifty_parallel_parts_all_succeed(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await pay(bank, "1")
        results = await asyncio.gather(
            *(bank.run(create, refund(str(number), 200), by="mch_shop") for number in range(50))
        )
        assert not [result for result in results if isinstance(result, Refusal)]
        assert await funds(bank) == [FUNDS_MINOR, FUNDS_MINOR, 0]
        payment = await get_payment(bank.reader, "mch_shop", "pay_1")
        assert payment is not None
        assert (payment.refund_status, payment.refund_count, payment.revision) == ("full", 50, 51)


async def test_only_the_payee_reads_and_makes_refunds(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await pay(bank, "1")
        for by in ("mch_buyer", "mch_other"):
            foreign = await bank.run(create, refund("1", 1, merchant_id=by), by=by)
            assert isinstance(foreign, Refusal)
            assert foreign.errors[0].code == "not_found"
        made = await bank.run(create, refund("1", 1, reason="broken", metadata={"a": "b"}), by="mch_shop")
        assert await get(bank.reader, "mch_shop", "ref_1") == made.refund
        assert await get(bank.reader, None, "ref_1") == made.refund
        assert await get(bank.reader, "mch_buyer", "ref_1") is None
        assert await get_by_merchant_refund_no(bank.reader, "mch_shop", "refund-1") == made.refund
        assert await get_by_merchant_refund_no(bank.reader, "mch_buyer", "refund-1") is None


async def test_pages_and_filters(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        await pay(bank, "1", "2")
        made = []
        for number, payment_id in (("1", "pay_1"), ("2", "pay_2"), ("3", "pay_1")):
            result = await bank.run(create, refund(number, 1, payment_id, metadata={"n": number}), by="mch_shop")
            made.append(result.refund)
            bank.clock.advance(int(number) - 1)
        first = await list_refunds(bank.reader, "mch_shop", ALL, None, 2)
        second = await list_refunds(bank.reader, "mch_shop", ALL, position_of(first[-1]), 2)
        assert first + second == made[::-1]
        for wanted, ids in (
            (RefundFilter(payment_id="pay_1"), ["ref_3", "ref_1"]),
            (RefundFilter(merchant_refund_no="refund-2"), ["ref_2"]),
            (RefundFilter(metadata=(("n", "2"),)), ["ref_2"]),
            (RefundFilter(status="failed"), []),
            (RefundFilter(created_from=made[2].created_at), ["ref_3"]),
            (RefundFilter(created_to=made[2].created_at), ["ref_2", "ref_1"]),
        ):
            found = await list_refunds(bank.reader, "mch_shop", wanted, None, 9)
            assert [refund.id for refund in found] == ids
        assert await list_refunds(bank.reader, "mch_buyer", ALL, None, 9) == []
