"""Many at once, through the whole server: every request is signed by itself, every answer verified."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories.servers import FUNDS_MINOR, WiredServer, add_party
from tests.integration.server.signed import account_payment
from tongbao import AsyncTongbao, UnprocessableError, models
from tongbao_platform.domain.payments.tables import PAYMENTS

MANY = 50


@pytest.fixture
def buyer(wired: WiredServer) -> AsyncTongbao:
    return wired.client(wired.parties.buyer, max_retries=0)


@pytest.fixture
def shop(wired: WiredServer) -> AsyncTongbao:
    return wired.client(wired.parties.shop, max_retries=0)


async def outcomes(*calls: Awaitable[Any]) -> tuple[list[Any], list[BaseException]]:
    """Run all at once; return what succeeded and what was raised."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    raised = [each for each in found if isinstance(each, BaseException)]
    return [each for each in found if not isinstance(each, BaseException)], raised


async def balances(wired: WiredServer) -> tuple[int, int]:
    """Return the buyer's and the shop's balance."""
    found = []
    for party in (wired.parties.buyer, wired.parties.shop):
        balance = await wired.client(party).accounts.balance(party.account_id)
        found.append(balance.posted.value)
    return found[0], found[1]


async def payments_stored(wired: WiredServer) -> int:
    rows = await wired.foundation.reader.rows(select(func.count()).select_from(PAYMENTS))
    return int(rows[0][0])


async def paid(wired: WiredServer, buyer: AsyncTongbao, value: int) -> models.Payment:
    payment = await buyer.payments.create(**account_payment(wired, "paid", value))
    assert payment.status == "succeeded"
    return payment


async def assert_clean(wired: WiredServer) -> None:
    report = await wired.verify()
    assert report.is_clean, report.findings


async def test_one_key_is_one_payment_and_one_answer(wired: WiredServer, buyer: AsyncTongbao) -> None:
    body = account_payment(wired, "one-key")
    create = buyer.payments.with_raw_response.create
    answers, raised = await outcomes(*(create(**body, idempotency_key="the-one") for _ in range(MANY)))

    assert raised == []
    assert len({answer.body for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {201}
    assert Counter(answer.idempotent_replayed for answer in answers) == {False: 1, True: MANY - 1}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len({answer.request_id for answer in answers}) == MANY
    assert len({answer.headers["jws-signature"] for answer in answers}) == MANY
    assert await payments_stored(wired) == 1
    assert await balances(wired) == (FUNDS_MINOR - 1_000, FUNDS_MINOR + 1_000 - 6)
    await assert_clean(wired)


async def test_the_last_yuan_is_spent_once(wired: WiredServer) -> None:
    poor = await add_party(wired.foundation, wired.parties.bank, "Poor", 100)
    client = wired.client(poor, max_retries=0)
    method = {
        "type": "account",
        "source_account_id": poor.account_id,
        "payee_account_id": wired.parties.shop.account_id,
    }
    payments: list[models.Payment]
    payments, raised = await outcomes(
        *(client.payments.create(**account_payment(wired, f"last-{n}", 100, method=method)) for n in range(MANY))
    )

    assert raised == []
    assert Counter(str(payment.status.value) for payment in payments) == {"succeeded": 1, "failed": MANY - 1}
    declines = {payment.last_error.code for payment in payments if payment.last_error is not None}
    assert declines == {"insufficient_funds"}
    assert await payments_stored(wired) == MANY
    stored = [payment async for payment in client.payments.list(limit=200)]
    assert sorted(stored, key=lambda each: each.id) == sorted(payments, key=lambda each: each.id)
    assert (await client.accounts.balance(poor.account_id)).posted.value == 0
    await assert_clean(wired)


async def test_of_many_full_refunds_one_succeeds(wired: WiredServer, buyer: AsyncTongbao, shop: AsyncTongbao) -> None:
    payment = await paid(wired, buyer, 10_000)
    refunds, raised = await outcomes(
        *(
            shop.refunds.create(payment_id=payment.id, merchant_refund_no=f"full-{n}", amount=payment.amount)
            for n in range(MANY)
        )
    )

    assert [str(refund.status.value) for refund in refunds] == ["succeeded"]
    assert len(raised) == MANY - 1
    for refusal in raised:
        assert isinstance(refusal, UnprocessableError)
        assert refusal.code == "refund_exceeds_payment"
        assert refusal.problem["remaining"] == 0
    assert await balances(wired) == (FUNDS_MINOR, FUNDS_MINOR)
    assert (await shop.payments.get(payment.id)).refund_status == "full"
    await assert_clean(wired)


async def test_fifty_fiftieths_return_all_and_exactly_the_fee(
    wired: WiredServer, buyer: AsyncTongbao, shop: AsyncTongbao
) -> None:
    part = 199
    payment = await paid(wired, buyer, part * MANY)
    assert payment.fee.value == 60  # 9,950 fen at 6,000 ppm are 59.7, half up
    amount = models.Money(value=part, currency="CNY")
    refunds: list[models.Refund]
    refunds, raised = await outcomes(
        *(
            shop.refunds.create(payment_id=payment.id, merchant_refund_no=f"part-{n}", amount=amount)
            for n in range(MANY)
        )
    )

    assert raised == []
    assert {str(refund.status.value) for refund in refunds} == {"succeeded"}
    assert sum(refund.fee_returned.value for refund in refunds) == payment.fee.value
    after = await shop.payments.get(payment.id)
    assert (after.refund_status, after.amount_refunded.value) == ("full", part * MANY)
    assert await balances(wired) == (FUNDS_MINOR, FUNDS_MINOR)
    await assert_clean(wired)


async def test_of_creates_with_one_number_one_is_first(wired: WiredServer, buyer: AsyncTongbao) -> None:
    body = account_payment(wired, "one-number")
    create = buyer.payments.with_raw_response.create
    answers, raised = await outcomes(*(create(**body, idempotency_key=f"key-{n}") for n in range(MANY)))

    assert raised == []
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: MANY - 1}
    assert len({answer.parse().id for answer in answers}) == 1
    assert len({answer.body for answer in answers}) == 1
    assert await payments_stored(wired) == 1
    assert await balances(wired) == (FUNDS_MINOR - 1_000, FUNDS_MINOR + 1_000 - 6)
    await assert_clean(wired)
