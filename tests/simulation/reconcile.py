"""What the clients were told, held against what the database has: nothing lost, doubled or made up.

Everything is read as plain SQL and compared with the journal; no rule of the platform is used.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tests.factories.simulation_bank import CUSTOMERS, FUNDS, MERCHANTS
from tests.factories.simulation_receiver import Received
from tests.simulation.clients import REUSED, Entry
from tongbao_platform.kernel.clock import Instant, format_instant

_CREATES: Final = frozenset({"pay", "authorize", "order", "reserve"})
_QUEUE: Final = "outbox_batch"


class Books:
    """The tables that matter, as dictionaries. ``earlier`` names the events of the bank's opening, told to nobody."""

    def __init__(self, connection: sqlite3.Connection, earlier: frozenset[str] = frozenset()) -> None:
        self._connection = connection
        self.payments = self.table("payment")
        self.refunds = self.table("refund")
        self.accounts = self.table("ledger_account")
        self.transfers = self.table("ledger_transfer")
        self.holds = self.table("ledger_hold")
        self.events = [row for row in self.table("event") if row["id"] not in earlier]
        self.deliveries = self.table("webhook_delivery")
        self.endpoints = self.table("webhook_endpoint")
        self.claims = self.table("claim")
        self.answers = self.table("idempotency_answer")
        self.queued = self.table(_QUEUE)

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return every row of a table."""
        cursor = self._connection.execute(f"SELECT * FROM {name}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def reconcile(books: Books, journal: list[Entry], received: dict[str, list[Received]]) -> list[str]:
    """Return what is wrong: each finding starts with its kind."""
    return [
        *_answers(journal),
        *_objects(books, journal),
        *_ends(books, journal),
        *_captures(books, journal),
        *_money(books, journal),
        *_holds(books),
        *_claims(books),
        *_events(books),
        *_webhooks(books, received),
    ]


def _by_key(journal: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    by_key: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in journal:
        if entry.ask.key is not None and entry.code != REUSED:
            by_key[entry.ask.by, entry.ask.key].append(entry)
    return by_key


def _answers(journal: list[Entry]) -> Iterator[str]:
    for name, entries in _by_key(journal).items():
        if len({(entry.ask.fingerprint, entry.answer) for entry in entries}) > 1:
            yield f"duplicated: key {name} has several answers"


def _objects(books: Books, journal: list[Entry]) -> Iterator[str]:
    """Each number that was granted names one object, the one that was told; no other object is there."""
    told: dict[str, dict[tuple[str, str], set[str]]] = {"payment": defaultdict(set), "refund": defaultdict(set)}
    for entry in journal:
        kind, members = entry.told
        if kind in {"CreatedPayment", "CreatedRefund"}:
            name = "payment" if kind == "CreatedPayment" else "refund"
            told[name][f"mch_{entry.ask.by}", entry.ask.number].add(members[name]["id"])
    rows = {
        "payment": Counter((row["creator_merchant_id"], row["merchant_order_no"]) for row in books.payments),
        "refund": Counter((row["merchant_id"], row["merchant_refund_no"]) for row in books.refunds),
    }
    ids = {"payment": {row["id"] for row in books.payments}, "refund": {row["id"] for row in books.refunds}}
    for name in ("payment", "refund"):
        for number, known in told[name].items():
            if not known <= ids[name]:
                yield f"lost: {name} {number} was acknowledged as {sorted(known)}"
            if rows[name][number] > 1 or len(known) > 1:
                yield f"duplicated: {name} {number}"
        for number in rows[name]:
            if number not in told[name]:
                yield f"phantom: {name} {number} is there and was not granted"


def _ends(books: Books, journal: list[Entry]) -> Iterator[str]:
    """Each payment has come to an end that somebody was told of, or that its time explains."""
    granted: dict[str, set[str]] = defaultdict(set)
    for entry in journal:
        kind, members = entry.told
        if kind == "ConfirmedPayment":
            granted[entry.ask.target].add(f"confirm {members['outcome']}")
        elif kind in {"ClosedPayment", "VoidedPayment", "CapturedPayment"}:
            granted[entry.ask.target].add(kind)
    for row in books.payments:
        asked, status, manual = granted[row["id"]], row["status"], row["capture_method"] == "manual"
        paid = {
            "confirm succeeded",
            "confirm already_succeeded",
            "confirm authorized",
            "confirm already_authorized",
        } & asked
        if status in {"requires_action", "processing", "authorized"}:
            yield f"stuck: payment {row['id']} is {status}"
        if "ClosedPayment" in asked and status != "canceled":
            yield f"lost: payment {row['id']} was closed and is {status}"
        if "CapturedPayment" in asked and status != "succeeded":
            yield f"lost: payment {row['id']} was captured and is {status}"
        if row["method_type"] == "h5" and paid and not manual and status != "succeeded":
            yield f"lost: payment {row['id']} was confirmed and is {status}"
        if row["method_type"] == "h5" and status == "succeeded" and not paid:
            yield f"phantom: payment {row['id']} succeeded and nobody confirmed it"
        if status == "canceled" and not manual and "ClosedPayment" not in asked:
            yield f"phantom: payment {row['id']} is canceled and nobody closed it"


def _captures(books: Books, journal: list[Entry]) -> Iterator[str]:
    parts: dict[str, dict[str, tuple[int, int, int | None]]] = defaultdict(dict)
    for entry in journal:
        kind, members = entry.told
        if kind == "CapturedPayment":
            payment = members["payment"]
            step = (payment["revision"], payment["amount_captured_minor"], entry.ask.amount_minor)
            parts[payment["id"]][entry.ask.key or ""] = step
    moved = Counter(row["reference_id"] for row in books.transfers if row["type"] == "payment" and row["hold_id"])
    for row in books.payments:
        if row["capture_method"] != "manual":
            continue
        steps = sorted(parts[row["id"]].values())
        before = 0
        for _, total, wanted in steps:
            if total <= before or (wanted is not None and total - before != wanted):
                yield f"duplicated: captures of {row['id']} do not add up: {steps}"
            before = total
        if before != row["amount_captured_minor"]:
            yield f"lost: captures of {row['id']} told {before}, stored {row['amount_captured_minor']}"
        if moved[row["id"]] != len(steps):
            yield f"phantom: {moved[row['id']]} captures of {row['id']} moved money, {len(steps)} were told"


def _money(books: Books, journal: list[Entry]) -> Iterator[str]:
    """Each balance follows from what was put in, paid and refunded."""
    expected = {f"acc_{name}": FUNDS for name in (*MERCHANTS, *CUSTOMERS)} | {"acc_fee": 0}
    expected["acc_bank"] = -sum(expected.values())
    deposits: dict[str, tuple[str, int]] = {}
    for entry in journal:
        if entry.ask.verb == "deposit" and not entry.code:
            deposits[entry.ask.number] = (f"acc_{entry.ask.target}", entry.ask.amount_minor or 0)
    for account_id, amount in deposits.values():
        expected[account_id] += amount
        expected["acc_bank"] -= amount
    for row in books.payments:
        if row["payer_account_id"] is None:
            continue
        back = row["amount_captured_minor"] - row["amount_refunded_minor"]
        kept = row["fee_minor"] - row["fee_returned_minor"]
        expected[row["payer_account_id"]] -= back
        expected[row["payee_account_id"]] += back - kept
        expected["acc_fee"] += kept
    for row in books.accounts:
        balance = row["posted_credits"] - row["posted_debits"]
        if balance != expected[row["id"]]:
            kind = "duplicated or lost" if row["id"] in expected else "phantom"
            yield f"{kind}: account {row['id']} has {balance}, the journals say {expected[row['id']]}"
    total = sum(row["posted_credits"] - row["posted_debits"] for row in books.accounts)
    if total:
        yield f"ledger: the sum of all balances is {total}"


def _holds(books: Books) -> Iterator[str]:
    for row in books.accounts:
        if row["held_debits"] or row["held_credits"]:
            yield f"held: {row['id']} still holds {row['held_debits']}, expects {row['held_credits']}"
    for row in books.holds:
        if row["status"] == "open":
            yield f"held: {row['id']} is open after its time"


def _claims(books: Books) -> Iterator[str]:
    ids = {row["id"] for row in (*books.payments, *books.refunds)}
    for row in books.claims:
        if row["kind"] in {"merchant_order_no", "merchant_refund_no"} and row["ref"] not in ids:
            yield f"phantom: the number {row['value']} is taken by {row['ref']}, which does not exist"
    claimed = {(row["scope"], row["value"]) for row in books.claims if row["kind"] == "idempotency"}
    answered = {(row["scope"], row["key"]) for row in books.answers}
    for name in sorted(claimed ^ answered):
        yield f"phantom: the key {name} has a claim or an answer without the other"


def _events(books: Books) -> Iterator[str]:
    told = Counter((row["subject_id"], row["type"]) for row in books.events)
    reserved = {row["reference_id"] for row in books.holds}
    for row in books.payments:
        wanted = [f"payment.{row['status']}"]
        wanted += ["payment.created"] * (row["method_type"] == "h5")
        wanted += ["payment.authorized"] * (row["id"] in reserved)
        for event_type in wanted:
            if told[row["id"], event_type] != 1:
                yield f"event missing: {told[row['id'], event_type]} × {event_type} of {row['id']}"
    for row in books.refunds:
        if told[row["id"], "refund.succeeded"] != 1:
            yield f"event missing: {told[row['id'], 'refund.succeeded']} × refund.succeeded of {row['id']}"
    if books.queued:
        yield f"event missing: {len(books.queued)} rows wait for the relay"


def _webhooks(books: Books, received: dict[str, list[Received]]) -> Iterator[str]:
    """Each merchant's endpoint got each event of the merchant, as often as need be, with the same bytes."""
    for endpoint in books.endpoints:
        arrived = received.get(endpoint["url"], [])
        bodies: dict[str, bytes] = {}
        for each in arrived:
            if bodies.setdefault(each.event_id, each.body) != each.body:
                yield f"webhook: {each.event_id} came with other bytes"
        owner, wanted = endpoint["merchant_id"], msgspec.json.decode(endpoint["event_types"])
        for row in books.events:
            if "*" not in wanted and row["type"] not in wanted:
                continue
            if owner in (row["merchant_id"], row["other_merchant_id"]) and row["id"] not in bodies:
                yield f"event missing: {row['id']} ({row['type']}) never reached {owner}"
        seqs = sorted(row["seq"] for row in books.deliveries if row["endpoint_id"] == endpoint["id"])
        if seqs != list(range(1, len(seqs) + 1)) or endpoint["last_seq"] != len(seqs):
            yield f"webhook: the numbers of {endpoint['id']} have gaps"
        if "*" in wanted:
            yield from _accounts_told(books, owner, list(bodies.values()))


def _accounts_told(books: Books, owner: str, bodies: list[bytes]) -> Iterator[str]:
    """The news of an account may be put together, but the last change is always told."""
    newest: dict[str, tuple[str, int]] = {}
    for body in bodies:
        told = msgspec.json.decode(body)
        if told["type"] == "account.transaction_posted":
            name = told["data"]["id"]
            newest[name] = max(newest.get(name, ("", 0)), (told["timestamp"], told["revision"]))
    for row in books.accounts:
        if row["owner_id"] != owner or row["seq"] <= 1:
            continue
        timestamp, revision = newest.get(row["id"], ("", 0))
        if timestamp < format_instant(Instant(row["last_entry_at"])) or revision < row["seq"] + 1:
            yield f"event missing: {row['id']} is at entry {row['seq']}, told was revision {revision} of {timestamp}"
