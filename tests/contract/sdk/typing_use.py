"""How callers see the types: read by mypy, never run."""

from collections.abc import Mapping
from datetime import date
from typing import assert_type

import httpx

import tongbao
from tongbao import AsyncPage, AsyncTongbao, Page, RawResponse, Tongbao, UnknownVariant, models, webhooks


def blocking(client: Tongbao) -> None:
    """Use the blocking client."""
    payment = client.payments.create(
        merchant_order_no="A-1",
        amount={"value": 1999, "currency": "CNY"},
        method={"type": "h5", "return_url": "https://m.shop.example/done"},
        metadata={"cart": "9"},
        idempotency_key="key",
        timeout_seconds=3,
    )
    assert_type(payment, models.Payment)
    assert_type(payment.status, models.PaymentStatus)
    assert_type(payment.amount, models.Money)
    if payment.status == "succeeded" or payment.status is models.PaymentStatus.FAILED:
        return
    action = payment.next_action
    if isinstance(action, models.RedirectToUrl):
        assert_type(action.url, str)
    elif isinstance(action, UnknownVariant):
        assert_type(action.type, str)
    client.payments.create(
        merchant_order_no="A-2",
        amount=payment.amount,
        method=models.AccountMethodInput(source_account_id="acc_1"),
        expires_at="2026-11-22T10:30:00.000Z",
    )
    assert_type(client.payments.capture("pay_1", amount=payment.amount_capturable, final=False), models.Payment)
    assert_type(client.payments.void("pay_1"), models.Payment)
    for step in client.payments.clearing("pay_1").steps:
        if isinstance(step, models.ClearingPosted):
            assert_type(step.transactions, list[models.Transaction])
    page = client.payments.list(status=payment.status, limit=5)
    assert_type(page, Page[models.Payment])
    for one in client.payments.list(status="succeeded"):
        assert_type(one, models.Payment)
    raw = client.payments.with_raw_response.get("pay_1")
    assert_type(raw, RawResponse[models.Payment])
    assert_type(raw.parse(), models.Payment)
    assert_type(client.payments.with_raw_response.list(), RawResponse[Page[models.Payment]])
    assert_type(client.with_options(on_behalf_of="mch_1"), Tongbao)
    assert_type(client.verify_return("a.b.c"), tongbao.PaymentReturn)


def refused(client: Tongbao) -> None:
    """Mistakes that a type checker finds; a comment that is not needed any more is itself an error."""
    client.payments.create(merchant_order_no="A-1")  # type: ignore[call-arg]  # the mistake to be found
    client.payments.get("pay_1", idempotency_key="reads take none")  # type: ignore[call-arg]  # the mistake to be found
    client.payments.list(status="suceeded")  # type: ignore[arg-type]  # the mistake to be found
    client.payments.get("pay_1", timeout=3)  # type: ignore[call-arg]  # the mistake to be found
    Tongbao(base_url="https://api.example", client_id="c")  # type: ignore[call-arg]  # the mistake to be found


async def asynchronous(client: AsyncTongbao) -> None:
    """Use the asynchronous client."""
    payment = await client.payments.get("pay_1")
    assert_type(payment, models.Payment)
    page = await client.payments.list()
    assert_type(page, AsyncPage[models.Payment])
    async for one in client.payments.list():
        assert_type(one, models.Payment)
    raw = await client.payments.with_raw_response.list(limit=1)
    assert_type(raw, RawResponse[AsyncPage[models.Payment]])
    assert_type(await client.payments.with_raw_response.get("pay_1"), RawResponse[models.Payment])


def receiver(body: bytes, headers: Mapping[str, str], client: Tongbao) -> None:
    """Receive a webhook."""
    event = webhooks.unwrap(body, headers, secrets=["whsec_AAAA"])
    assert_type(event, tongbao.WebhookEvent)
    assert_type(client.webhooks.unwrap(body, headers, "whsec_AAAA"), tongbao.WebhookEvent)
    assert_type(event.type, str)
    assert_type(event.match(order_no="A-1", amount=1999), bool)
    if isinstance(event, models.PaymentEvent):
        assert_type(event.data, models.Payment)


def everything_else(client: Tongbao) -> None:
    """Use the other resources."""
    client.webhook_endpoints.delete("whe_1")
    for event in client.events.list(after_seq=1, endpoint_id="whe_1", wait_seconds=20):
        if isinstance(event.data, models.Payment):
            assert_type(event.data.status, models.PaymentStatus)
    assert_type(client.currencies.list(), models.CurrencyList)
    assert_type(client.accounts.transactions("acc_1"), Page[models.Transaction])
    assert_type(client.accounts.balance("acc_1", at="2026-11-22T10:30:00Z"), models.Balance)
    assert_type(
        client.accounts.daily_balances("acc_1", business_date_from=date(2026, 11, 1)), Page[models.DailyBalance]
    )


def failures(client: Tongbao) -> None:
    """Handle what can go wrong."""
    try:
        client.payments.close("pay_1")
    except tongbao.OutcomeUnknown as unknown:
        assert_type(unknown.merchant_number, str | None)
        assert_type(unknown.how_to_resolve, str)
    except tongbao.errors.PaymentInvalidStateError as error:
        assert_type(error.current_status, str | None)
    except tongbao.APIStatusError as error:
        assert_type(error.request_id, str | None)


def construction() -> None:
    """Make clients."""
    assert_type(Tongbao.from_sandbox("var/sandbox.json", merchant=1, algorithm="PS256"), Tongbao)
    assert_type(
        AsyncTongbao(base_url="https://a.example", client_id="c", private_key="k.pem", http_client=httpx.AsyncClient()),
        AsyncTongbao,
    )
