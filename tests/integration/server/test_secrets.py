"""Recognisable secrets are planted in a whole story; nothing that operators read afterwards shows one of them."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import select

from tests.factories.checkout_world import Browser
from tests.factories.servers import WiredServer, fund, settings_for, wired_server
from tests.integration.server.signed import UNSIGNED, SignedCaller, caller_of, h5_payment
from tests.unit.delivery.receiver import Receiver, answering, receiving, status
from tongbao_platform.domain.customers import create as create_customer
from tongbao_platform.domain.customers.create import CreateCustomer, CustomerAccount
from tongbao_platform.domain.customers.password import hash_password
from tongbao_platform.domain.customers.pin import hash_pin
from tongbao_platform.execution.records import AUDIT_TABLE
from tongbao_platform.outbox.tables import EVENTS
from tongbao_platform.processes.logs import JsonFormatter
from tongbao_platform.storage.metadata import METADATA

LOGIN: Final = "planted-login-xiaoming"
NAME: Final = "种植姓名"
PASSWORD: Final = "planted password 4711"
WRONG_PASSWORD: Final = "planted wrong password"
PIN: Final = "804159"
WRONG_PIN: Final = "804160"
DESCRIPTION: Final = "planted-description"
REASON: Final = "planted-reason"
NOTE: Final = "planted-note"


@pytest.fixture
def error_log() -> Iterator[io.StringIO]:
    """Give the error log as operators get it, from INFO upward."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    # The test's own HTTP client tells what it asks for.
    handler.addFilter(lambda record: not record.name.startswith("httpx"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


async def customer_of(server: WiredServer) -> None:
    """Create the payer, with money."""
    new = server.foundation.ids.new
    account_id = new("acc")
    command = CreateCustomer(
        customer_id=new("cus"),
        login=LOGIN,
        password_hash=await asyncio.to_thread(hash_password, PASSWORD),
        pin_hash=await asyncio.to_thread(hash_pin, PIN),
        name=NAME,
        livemode=False,
        accounts=(CustomerAccount(account_id, "CNY"),),
    )
    await server.operate(create_customer, command)
    await fund(server.foundation, server.parties.bank, account_id, 100_000)


async def paid_on_the_page(server: WiredServer, url: str) -> None:
    """Do what a payer does who mistypes everything once."""
    browser = Browser(server.server.application, server.address.base_url)
    async with browser.http:
        await browser.open(url.removeprefix(server.address.base_url))
        await browser.log_in(LOGIN, WRONG_PASSWORD)
        await browser.log_in(LOGIN, PASSWORD)
        await browser.confirm(WRONG_PIN)
        await browser.confirm(PIN)
        assert browser.answer.status_code == 200


async def mishaps(server: WiredServer, shop: SignedCaller) -> None:
    """Do everything wrong that a caller can do wrong, each time with the secrets in hand."""
    body = h5_payment("P-2", description=DESCRIPTION, metadata={"note": NOTE})
    await shop.call("POST", "/v1/payments", body, sign=UNSIGNED)
    await shop.call("POST", "/v1/payments", body, sign="a..b")
    await shop.call("POST", "/v1/payments", body, token=shop.token[:-1] + "A")
    await shop.call("POST", "/v1/payments", body | {"unknown": DESCRIPTION})
    await shop.call("POST", "/v1/payments", msgspec.json.encode(body)[:-1])
    await shop.call("GET", f"/v1/payments?{DESCRIPTION}={NOTE}")
    await shop.call("GET", f"/v1/{DESCRIPTION}")
    await shop.call("GET", f"/v1/payments?access_token={shop.token}")
    form = {"grant_type": "client_credentials", "client_assertion": shop.token, "client_id": DESCRIPTION}
    await server.http.post(f"{server.address.base_url}/oauth/token", data=form)


async def fault(server: WiredServer, shop: SignedCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database's own complaint, which quotes values, come up from below."""

    async def broken(*_: object) -> None:
        raise ValueError(f"Key (login)=({LOGIN}) already exists, token {shop.token}, {DESCRIPTION}")

    with monkeypatch.context() as patch:
        patch.setattr(server.foundation.committer, "run", broken)
        answer = await shop.call("POST", "/v1/payments", h5_payment("P-3", description=DESCRIPTION))
        assert answer.status_code == 500


class Story(msgspec.Struct, frozen=True):
    """What was planted: ``secrets`` may be nowhere in clear, ``private`` in nothing that operators read."""

    secrets: dict[str, str]
    private: dict[str, str]


async def story(server: WiredServer, receiver: Receiver) -> tuple[Story, SignedCaller]:
    """Play a payment from the first token to the last webhook."""
    await customer_of(server)
    shop = await caller_of(server, server.parties.shop)
    endpoint = {"url": receiver.url(), "event_types": ["*"], "description": DESCRIPTION}
    webhook = (await shop.call("POST", "/v1/webhook-endpoints", endpoint)).json()
    rotated = (await shop.call("POST", f"/v1/webhook-endpoints/{webhook['id']}/rotate-secret")).json()
    body = h5_payment("P-1", description=DESCRIPTION, metadata={"note": NOTE})
    payment = (await shop.call("POST", "/v1/payments", body)).json()
    url = payment["next_action"]["url"]
    await paid_on_the_page(server, url)
    refund = {
        "payment_id": payment["id"],
        "merchant_refund_no": "R-1",
        "amount": {"value": 100, "currency": "CNY"},
        "reason": REASON,
    }
    assert (await shop.call("POST", "/v1/refunds", refund)).status_code == 201
    async with asyncio.timeout(30):
        while True:
            if any(b'"refund.succeeded"' in each for each in receiver.bodies):
                break
            await asyncio.sleep(0.02)
    secrets = {
        "access token": shop.token,
        "checkout token": url.rpartition("/")[2],
        "webhook secret": webhook["secret"].removeprefix("whsec_"),
        "rotated webhook secret": rotated["secret"].removeprefix("whsec_"),
        "password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        "private key": json.loads(server.parties.shop.private_jwk)["d"],
    }
    private = {"pin": PIN, "wrong pin": WRONG_PIN, "login": LOGIN, "name": NAME, "description": DESCRIPTION}
    return Story(secrets, private | {"reason": REASON, "note": NOTE}), shop


def found(text: str, planted: dict[str, str]) -> list[str]:
    """Return the names of what ``text`` shows."""
    return [name for name, value in planted.items() if value in text]


async def rows_of(server: WiredServer, table: Any) -> str:
    """Return a table's rows as text; octets are shown as what they would spell."""
    rows = await server.foundation.reader.rows(select(table))
    return "\n".join(
        " ".join(
            cell.decode("utf-8", "replace")
            if isinstance(cell, bytes)
            else json.dumps(cell, ensure_ascii=False, default=repr)
            for cell in row
        )
        for row in rows
    )


async def test_nothing_that_operators_read_shows_a_secret(
    database_url: str, tmp_path: Any, error_log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        wired_server(settings_for(database_url, tmp_path), workers=True) as server,
        receiving(answering(status(200))) as receiver,
    ):
        told, shop = await story(server, receiver)
        await mishaps(server, shop)
        await fault(server, shop, monkeypatch)
        everything = told.secrets | told.private
        metrics = await server.http.get(f"{server.address.base_url}/metrics")
        read = {
            "access log": server.log.getvalue(),
            "error log": error_log.getvalue(),
            "metrics": metrics.text,
            "audit": await rows_of(server, AUDIT_TABLE),
        }
        events = await rows_of(server, EVENTS)
        tables = {table.name: await rows_of(server, table) for table in METADATA.sorted_tables}

    assert len(read["access log"].splitlines()) > 20
    assert "request failed" in read["error log"]
    assert "customer.create" in read["audit"]
    shown = {name: found(text, everything) for name, text in read.items()}
    assert not any(shown.values()), shown
    # An event is the object as its merchant wrote it: with the description, and without what opens anything.
    own = {name: value for name, value in everything.items() if name not in ("description", "reason", "note")}
    assert found(events, own) == []
    assert DESCRIPTION in events, "the search finds what is there"
    # Whoever copies the database away gets no secret in clear either.
    stored = {name: found(text, told.secrets) for name, text in tables.items()}
    assert not any(stored.values()), stored
    assert LOGIN in tables["customer"]
