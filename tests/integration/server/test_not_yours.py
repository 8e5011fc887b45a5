"""Another tenant's id answers exactly like an id that nobody has, for every operation that takes one.

The matrix is read from the published document: an operation with an id that this file does not know fails it.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from tests.factories.servers import WiredServer, add_party, settings_for, wired_server
from tests.integration.server.signed import SignedCaller, account_payment, caller_of, h5_payment
from tests.unit.delivery.receiver import answering, receiving, status

DOCUMENT: Final = json.loads(
    (Path(__file__).resolve().parents[3] / "openapi" / "tongbao-v1.json").read_text(encoding="utf-8")
)
ID_PATTERN: Final = re.compile(r"\^([a-z]{3})_")
# What changes from one request to the next, and the path that names the id itself.
INCIDENTAL: Final = frozenset({"request_id", "instance"})
SENT: Final = frozenset({"date", "server", "content-length", "request-id", "jws-signature"})
NUMBERS: Final = {"merchant_order_no": "shop-own-number", "merchant_refund_no": "shop-own-refund"}
ENDINGS: Final = frozenset({"payments.close", "payments.capture", "payments.void"})
# Parameters that must come along.
COMPANIONS: Final = {"events.list": "&after_seq=0"}


class Place(msgspec.Struct, frozen=True):
    """Where an operation takes the name of an object: ``where`` is path, query or body."""

    operation_id: str
    method: str
    path: str
    where: str
    name: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.operation_id}-{self.name}"


def places() -> Iterator[Place]:
    """Read every place from the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict) or "operationId" not in operation:
                continue

            def place(
                where: str,
                name: str,
                prefix: str,
                *,
                _at: tuple[str, str, str] = (operation["operationId"], method.upper(), path),
            ) -> Place:
                return Place(*_at, where, name, prefix)

            for parameter in operation.get("parameters", []):
                schema = parameter.get("schema", {})
                found = ID_PATTERN.match(schema.get("pattern", ""))
                if parameter.get("in") not in ("path", "query"):
                    continue
                if found is not None:
                    yield place(parameter["in"], parameter["name"], found.group(1))
                elif parameter["in"] == "path":
                    yield place("path", parameter["name"], parameter["name"])
            for name, prefix in ids_in(body_schema(operation)):
                yield place("body", name, prefix)


def body_schema(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema", {})


def ids_in(schema: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Give the pointer and prefix of every id in a body."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield from ids_in(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], at)
        found = ID_PATTERN.match(str(schema.get("pattern", "")))
        if found is not None:
            yield at, found.group(1)
        for name, member in schema.get("properties", {}).items():
            yield from ids_in(member, f"{at}/{name}")
        for key in ("anyOf", "oneOf", "allOf"):
            for member in schema.get(key, []):
                yield from ids_in(member, at)


PLACES: Final = tuple(dict.fromkeys(places()))


class Owned(msgspec.Struct, frozen=True):
    """What the shop has, by prefix of the id or name of the number; ``unknown`` is nobody's, spelled alike."""

    server: WiredServer
    stranger: SignedCaller
    shop: SignedCaller
    own: dict[str, str]

    def unknown(self, prefix: str) -> str:
        return "nobody-has-this" if prefix in NUMBERS else self.server.foundation.ids.new(prefix)

    async def ask(self, caller: SignedCaller, place: Place, value: str) -> httpx.Response:
        """Name ``value`` in ``place``; all else about the request is fine."""
        body: Any = bodies(self.server).get(place.operation_id)
        path = place.path
        if place.where == "path":
            path = path.replace("{" + place.name + "}", value)
        elif place.where == "query":
            path = f"{path}?{place.name}={value}{COMPANIONS.get(place.operation_id, '')}"
        else:
            body = with_member(body, place.name.split("/")[1:], value)
        path = re.sub(r"\{(\w+)\}", lambda found: self.own[found.group(1)], path)
        return await caller.call(place.method, path, body)


def bodies(server: WiredServer) -> dict[str, Any]:
    """Return a good body for each operation that takes one, as the stranger would send it."""
    amount = {"value": 1, "currency": "CNY"}
    return {
        "payments.create": account_payment(server, "stranger-1"),
        "refunds.create": {"payment_id": "", "merchant_refund_no": "stranger-1", "amount": amount},
        "webhook_endpoints.update": {"description": "mine now"},
        "payments.capture": {},
    }


def with_member(body: Any, names: list[str], value: str) -> Any:
    """Return ``body`` with the member at ``names`` replaced."""
    if not names:
        return value
    return {**body, names[0]: with_member(body.get(names[0], {}), names[1:], value)}


def seen(answer: httpx.Response, value: str) -> tuple[int, dict[str, str], Any]:
    """Return all that a caller can see, without what differs in any two requests."""
    headers = {name: text for name, text in answer.headers.items() if name not in SENT}
    text = answer.text.replace(value, "the-id")
    body = json.loads(text) if text else None
    if isinstance(body, dict):
        body = {name: member for name, member in body.items() if name not in INCIDENTAL}
    return answer.status_code, headers, body


@pytest.fixture
async def owned(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Owned]:
    """Give a shop that has one of everything, and a stranger."""
    async with (
        wired_server(settings_for(sqlite_url, tmp_path), workers=True) as server,
        receiving(answering(status(200))) as receiver,
    ):
        stranger = await add_party(server.foundation, server.parties.bank, "Stranger", 1_000)
        shop = await caller_of(server, server.parties.shop)
        endpoint = await shop.call("POST", "/v1/webhook-endpoints", {"url": receiver.url(), "event_types": ["*"]})
        payment = await shop.call("POST", "/v1/payments", h5_payment(NUMBERS["merchant_order_no"]))
        buyer = await caller_of(server, server.parties.buyer)
        paid = (await buyer.call("POST", "/v1/payments", account_payment(server, "paid-1"))).json()
        body = {"payment_id": paid["id"], "merchant_refund_no": NUMBERS["merchant_refund_no"], "amount": paid["amount"]}
        refund = await shop.call("POST", "/v1/refunds", body)
        events = (await shop.call("GET", "/v1/events")).json()["data"]
        assert (endpoint.status_code, payment.status_code, refund.status_code) == (201, 201, 201)
        own = {
            "pay": paid["id"],
            "ref": refund.json()["id"],
            "acc": server.parties.shop.account_id,
            "whe": endpoint.json()["id"],
            "evt": events[0]["id"],
            "dlv": await first_delivery(shop),
            **NUMBERS,
        }
        yield Owned(server, await caller_of(server, stranger), shop, own)


async def first_delivery(shop: SignedCaller) -> str:
    """Wait until the relay has made a delivery."""
    async with asyncio.timeout(20):
        while not (found := (await shop.call("GET", "/v1/webhook-deliveries")).json()["data"]):
            pass
    return str(found[0]["id"])


async def test_every_place_of_the_document_is_known() -> None:
    assert {place.prefix for place in PLACES} == {"pay", "ref", "acc", "whe", "evt", "dlv", *NUMBERS}
    paths = {path for path in DOCUMENT["paths"] if "{" in path}
    assert paths == {place.path for place in PLACES if place.where == "path"}
    assert {place.operation_id for place in PLACES if place.where == "body"} == {"payments.create", "refunds.create"}


async def test_what_is_not_yours_is_as_unknown_as_what_is_nobodys(owned: Owned) -> None:
    different = []
    for place in PLACES:
        if place.name == "/method/payee_account_id":
            continue  # anybody's account may be paid: see below
        theirs, nobodys = owned.own[place.prefix], owned.unknown(place.prefix)
        answers = [await owned.ask(owned.stranger, place, value) for value in (theirs, nobodys)]
        mine, other = (seen(answer, value) for answer, value in zip(answers, (theirs, nobodys), strict=True))
        refused = {"path": (404,), "body": (422,), "query": (200, 404)}[place.where]
        empty = mine[0] != 200 or mine[2]["data"] == []
        if mine != other or mine[0] not in refused or not empty:
            different.append((str(place), mine, other))
    assert different == []


async def test_an_id_that_is_ones_own_is_found_in_every_place(owned: Owned) -> None:
    """So that the test above does not compare one mistake with another."""
    # The operations that end the object they name come last.
    order = sorted(PLACES, key=lambda place: place.method == "DELETE")
    for place in order:
        if place.where == "body":
            continue
        answer = await owned.ask(owned.shop, place, owned.own[place.prefix])
        # Closing, capturing or voiding what was paid is refused by its state, which only its owner learns.
        by_state = answer.status_code == 409 and place.operation_id in ENDINGS
        assert answer.status_code in (200, 204) or by_state, (str(place), answer.text)


async def test_nothing_of_the_owners_was_touched(owned: Owned) -> None:
    before = {place: (await owned.shop.call("GET", place)).json() for place in reads(owned)}
    for place in PLACES:
        await owned.ask(owned.stranger, place, owned.own[place.prefix])
    after = {place: (await owned.shop.call("GET", place)).json() for place in reads(owned)}
    # The stranger may pay the shop, which is the one thing here that reaches it.
    assert {path: revision(body) for path, body in after.items()} == {
        path: revision(body) for path, body in before.items()
    }
    assert (await owned.server.verify()).is_clean


def reads(owned: Owned) -> list[str]:
    return [
        f"/v1/payments/{owned.own['pay']}",
        f"/v1/refunds/{owned.own['ref']}",
        f"/v1/webhook-endpoints/{owned.own['whe']}",
    ]


def revision(body: dict[str, Any]) -> tuple[object, object]:
    return body["revision"], body["status"]


async def test_only_ones_own_account_pays(owned: Owned) -> None:
    """The stranger names the shop's account, a customer's would be the same, and nobody's, as source."""
    place = next(place for place in PLACES if place.name == "/method/source_account_id")
    for value in (owned.own["acc"], owned.unknown("acc")):
        problem = (await owned.ask(owned.stranger, place, value)).json()
        assert problem["code"] == "validation_failed"
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
            ("/method/source_account_id", "not_found")
        ]
