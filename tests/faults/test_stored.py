"""What was done behind the platform's back in a real database is found: the queries see it, the comparison names it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Table

from tests.factories.servers import WiredServer, settings_for, wired_server
from tests.faults.journal import Intent, Kind, Operation, Outcome
from tests.faults.reconcile import Delivered, reconcile
from tests.faults.stored import query, read_stored
from tests.faults.wire import told_by
from tongbao import RawResponse
from tongbao._effects import Reply
from tongbao_platform.ledger.tables import ENTRIES, TRANSFERS
from tongbao_platform.outbox.tables import EVENTS


class Bank(msgspec.Struct, frozen=True):
    """A served database with the operations that clients were told of."""

    url: str
    operations: list[Operation]

    async def sorts(self) -> set[str]:
        """Return the sorts of findings, after every event arrived."""
        stored = await read_stored(self.url)
        delivered = Delivered({event.id for event in stored.events}, (), [])
        return {finding.sort for finding in reconcile(self.operations, stored, delivered)}


def operation(kind: Kind, key: str, party: Any, answer: RawResponse[Any], subject: str | None = None) -> Operation:
    told = told_by(Reply(status=answer.status_code, fields=[], body=answer.body))
    intent = Intent(
        key=key,
        kind=kind,
        client_id=party.client_id,
        merchant_id=party.merchant_id,
        target="",
        body="",
        amount_minor=told.amount_minor,
        expected=told.state,
        number=key,
        subject=subject,
    )
    return Operation(intent=intent, outcome=Outcome(key=key, told=told))


async def operations_on(server: WiredServer) -> list[Operation]:
    """Pay 10 yuan and give 4 back; hold 8 yuan."""
    buyer, shop = server.parties.buyer, server.parties.shop
    method: Any = {
        "type": "account",
        "source_account_id": buyer.account_id,
        "payee_account_id": shop.account_id,
    }

    def money(value: int) -> Any:
        return {"value": value, "currency": "CNY"}

    async with server.client(buyer) as payer, server.client(shop) as payee:
        payments = payer.payments.with_raw_response
        paid = await payments.create(merchant_order_no="paid", amount=money(1_000), method=method)
        held = await payments.create(
            merchant_order_no="held", amount=money(800), method=method, capture_method="manual"
        )
        payment_id = paid.parse().id
        back = await payee.refunds.with_raw_response.create(
            payment_id=payment_id, merchant_refund_no="back", amount=money(400)
        )
    return [
        operation("pay", "paid", buyer, paid),
        operation("authorize", "held", buyer, held),
        operation("refund", "back", shop, back, payment_id),
    ]


@pytest.fixture
async def bank(database_url: str, tmp_path: Path) -> Bank:
    """Give a database on which everything was done by the book."""
    async with wired_server(settings_for(database_url, tmp_path)) as server:
        operations = await operations_on(server)
    return Bank(database_url, operations)


async def test_nothing_is_found_where_nothing_was_touched(bank: Bank) -> None:
    assert await bank.sorts() == set()
    stored = await read_stored(bank.url)
    assert (stored.ledger_sum_minor, stored.held_drift_minor) == (0, 0)


PAID = "(SELECT id FROM payment WHERE merchant_order_no = 'paid')"
HELD = "(SELECT id FROM payment WHERE merchant_order_no = 'held')"


def copied(table: Table, where: str, **instead: str) -> str:
    """Return the statement that stores rows once more, with other expressions for some columns."""
    values = ", ".join(instead.get(column.name, column.name) for column in table.columns)
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} WHERE {where}"


SECOND_LEGS = copied(TRANSFERS, f"reference_id = {PAID}", id="'trf_9' || type", group_id="'grp_9'")
LEGS_OF_A_HOLD = copied(TRANSFERS, f"reference_id = {PAID}", id="'trf_9' || type", reference_id=HELD)
SECOND_EVENT = copied(EVENTS, "type = 'payment.succeeded'", id="'evt_9'")
ENTRY_OF_NOTHING = copied(
    ENTRIES,
    "amount_minor > 0 AND account_id IN (SELECT payee_account_id FROM payment) AND seq = 1",
    seq="999",
    amount_minor="7",
)


@pytest.mark.parametrize(
    ("statement", "sort"),
    [
        ("DELETE FROM payment WHERE merchant_order_no = 'paid'", "lost"),
        ("UPDATE payment SET amount_minor = amount_minor + 1 WHERE merchant_order_no = 'paid'", "lost"),
        ("DELETE FROM refund", "lost"),
        (SECOND_LEGS, "duplicated"),
        (LEGS_OF_A_HOLD, "phantom"),
        (SECOND_EVENT, "duplicated"),
    ],
)
async def test_what_was_touched_is_found(bank: Bank, statement: str, sort: str) -> None:
    await query(bank.url, statement)
    assert sort in await bank.sorts()


async def test_money_out_of_nothing_shows_in_the_sums(bank: Bank) -> None:
    await query(
        bank.url, ENTRY_OF_NOTHING, "UPDATE ledger_account SET held_debits = held_debits + 5 WHERE held_debits > 0"
    )
    stored = await read_stored(bank.url)
    assert (stored.ledger_sum_minor, stored.held_drift_minor) == (7, 5)
