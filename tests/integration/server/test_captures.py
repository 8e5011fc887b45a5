"""Holds through the whole server and the SDK: races, deadlines kept by the worker, and the clearing once told."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from tests.factories.servers import FUNDS_MINOR, Party, WiredServer, settings_for, wired_server
from tests.integration.server.signed import account_payment
from tests.unit.delivery.receiver import answering, receiving, status
from tongbao import AsyncTongbao, ConflictError, NotFoundError, UnprocessableError, models
from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.domain.accounts.model import Balance
from tongbao_platform.domain.payments.get import get as get_payment
from tongbao_platform.kernel.clock import DAY_MS, SystemClock, VirtualClock
from tongbao_platform.processes.foundation import Sources

MANY = 50


def clients(server: WiredServer) -> tuple[AsyncTongbao, AsyncTongbao]:
    """Return the shop's and the buyer's client; neither repeats anything."""
    parties = server.parties
    return server.client(parties.shop, max_retries=0), server.client(parties.buyer, max_retries=0)


async def authorized(server: WiredServer, buyer: AsyncTongbao, number: str = "held", value: int = 10_000) -> Any:
    payment = await buyer.payments.create(**account_payment(server, number, value, capture_method="manual"))
    assert (payment.status, payment.amount_capturable.value) == ("authorized", value)
    return payment


async def outcomes(*calls: Awaitable[Any]) -> tuple[list[models.Payment], Counter[object]]:
    """Run all at once; return the payments that came back, and the refusals by code."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    refused = Counter(getattr(each, "code", repr(each)) for each in found if isinstance(each, BaseException))
    return [each for each in found if isinstance(each, models.Payment)], refused


async def money(server: WiredServer) -> tuple[int, int, int]:
    """Return the buyer's balance, what is held of it, and the shop's balance."""
    shop, buyer = clients(server)
    paying = await buyer.accounts.balance(server.parties.buyer.account_id)
    paid = await shop.accounts.balance(server.parties.shop.account_id)
    return paying.posted.value, paying.held.value, paid.posted.value


async def assert_clean(server: WiredServer) -> None:
    report = await server.verify()
    assert report.is_clean, report.findings


async def test_of_captures_and_voids_one_wins(wired: WiredServer) -> None:
    shop, buyer = clients(wired)
    payment = await authorized(wired, buyer)
    won, refused = await outcomes(
        *(shop.payments.void(payment.id) if n % 2 else shop.payments.capture(payment.id) for n in range(MANY))
    )
    assert len(won) == 1
    assert refused == {"payment_invalid_state": MANY - 1}
    assert await shop.payments.get(payment.id) == won[0]
    moved = won[0].amount_captured.value
    assert (won[0].status, moved) in (("succeeded", 10_000), ("canceled", 0))
    assert (await money(wired))[:2] == (FUNDS_MINOR - moved, 0)
    await assert_clean(wired)


async def test_parts_at_once_take_what_was_held_and_its_fee(wired: WiredServer) -> None:
    shop, buyer = clients(wired)
    payment = await authorized(wired, buyer, value=9_950)
    part = models.Money(value=199, currency="CNY")
    won, refused = await outcomes(*(shop.payments.capture(payment.id, amount=part, final=False) for _ in range(MANY)))
    assert (len(won), refused) == (MANY, {})
    assert Counter(str(each.status.value) for each in won) == {"authorized": MANY - 1, "succeeded": 1}
    last = await shop.payments.get(payment.id)
    assert (last.status, last.amount_captured.value, last.fee.value) == ("succeeded", 9_950, 60)
    assert await money(wired) == (FUNDS_MINOR - 9_950, 0, FUNDS_MINOR + 9_890)
    await assert_clean(wired)


async def test_the_sdk_names_each_refusal(one_wired: WiredServer) -> None:
    shop, buyer = clients(one_wired)
    payment = await authorized(one_wired, buyer)
    with pytest.raises(UnprocessableError) as over:
        await shop.payments.capture(payment.id, amount=models.Money(value=10_001, currency="CNY"))
    assert (over.value.code, over.value.problem["remaining"]) == ("validation_failed", 10_000)
    with pytest.raises(NotFoundError):
        await buyer.payments.void(payment.id)
    voided = await shop.payments.void(payment.id)
    assert (voided.status, voided.capture_before) == ("canceled", None)
    with pytest.raises(ConflictError) as late:
        await shop.payments.capture(payment.id)
    assert (late.value.code, late.value.problem["allowed_actions"]) == ("payment_invalid_state", [])
    await assert_clean(one_wired)


async def test_the_worker_gives_back_what_nobody_captured_in_time(database_url: str, tmp_path: Path) -> None:
    clock = VirtualClock(SystemClock().now())
    sources = Sources(clock=clock)
    async with wired_server(settings_for(database_url, tmp_path), workers=True, sources=sources) as server:
        shop, buyer = clients(server)
        lost = await authorized(server, buyer, "lost")
        partly = await authorized(server, buyer, "partly")
        await shop.payments.capture(partly.id, amount=models.Money(value=4_000, currency="CNY"), final=False)
        clock.advance(7 * DAY_MS)
        # Looked at from inside: the SDK's own clock has not moved, so its assertions are a week old.
        async with asyncio.timeout(30):
            while (await stored_balance(server, server.parties.buyer)).held_minor:
                pass
        ended = [await get_payment(server.foundation.reader, None, payment.id) for payment in (lost, partly)]
        assert [each and each.status for each in ended] == ["canceled", "succeeded"]
        assert (await stored_balance(server, server.parties.buyer)).available_minor == FUNDS_MINOR - 4_000
        assert (await stored_balance(server, server.parties.shop)).posted_minor == FUNDS_MINOR + 3_976
        await assert_clean(server)


async def stored_balance(server: WiredServer, party: Party) -> Balance:
    balance = await get_balance(server.foundation.reader, None, party.account_id)
    assert balance is not None
    return balance


async def test_the_clearing_shows_who_has_been_told(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        wired_server(settings_for(sqlite_url, tmp_path), workers=True) as server,
        receiving(answering(status(200))) as receiver,
    ):
        shop, buyer = clients(server)
        endpoint = await shop.webhook_endpoints.create(url=receiver.url(), event_types=["*"])
        payment = await authorized(server, buyer)
        await shop.payments.capture(payment.id, amount=models.Money(value=4_000, currency="CNY"))
        async with asyncio.timeout(30):
            while not all(told := await deliveries(shop, payment.id)):
                pass
        assert told == [[(endpoint.id, "succeeded")]] * 2
        assert await deliveries(buyer, payment.id) == [[], []]
        shown = await shop.payments.clearing(payment.id)
        assert [step.type for step in shown.steps] == [
            "hold_opened",
            "notified",
            "posted",
            "hold_released",
            "notified",
        ]


async def deliveries(client: AsyncTongbao, payment_id: str) -> list[list[tuple[str, str]]]:
    """Return endpoint and status of the completed deliveries of each event."""
    steps = (await client.payments.clearing(payment_id)).steps
    return [
        [(each.endpoint_id, str(each.status.value)) for each in step.deliveries if each.completed_at is not None]
        for step in steps
        if isinstance(step, models.ClearingNotified)
    ]
