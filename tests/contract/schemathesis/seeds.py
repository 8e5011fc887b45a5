"""Objects that exist before the examples run, and the document told of them."""

import copy
import json
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.factories.servers import RETURN_ORIGIN, Address, Parties
from tongbao import models
from tongbao_platform.kernel.clock import HOUR_MS, SystemClock, format_instant, later

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "openapi" / "tongbao-v1.json"
TO_DELETE: Final = 12
TO_CLOSE: Final = 12
TO_CAPTURE: Final = 12
TO_VOID: Final = 12
DEADLINE_SECONDS: Final = 30.0


class Seeds(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller has: ids by prefix; ``to_close``, ``to_capture``, … are there to be ended."""

    ids: dict[str, str]
    to_close: list[str]
    to_capture: list[str]
    to_void: list[str]
    to_delete: list[str]
    merchant_id: str
    order_no: str
    refund_no: str
    own_account_id: str
    payee_account_id: str
    hook_url: str
    expires_at: str


def sow(parties: Parties, address: Address, hook_url: str) -> Seeds:
    """Create one of everything, as the buyer and through the API."""
    with parties.buyer.blocking_client(address) as buyer, parties.shop.blocking_client(address) as shop:
        endpoints = [buyer.webhook_endpoints.create(url=hook_url, event_types=["*"]) for _ in range(TO_DELETE + 1)]
        # The shop pays the buyer, so that the buyer, who is the caller, may refund it.
        paid = shop.payments.create(
            merchant_order_no="seed-paid",
            amount=models.Money(value=1_000_000, currency="CNY"),
            method=models.AccountMethodInput(
                source_account_id=parties.shop.account_id, payee_account_id=parties.buyer.account_id
            ),
        )
        waiting = [
            buyer.payments.create(
                merchant_order_no=f"seed-waiting-{number}",
                amount=models.Money(value=1, currency="CNY"),
                method=models.H5MethodInput(return_url=f"{RETURN_ORIGIN}/done"),
            )
            for number in range(TO_CLOSE)
        ]
        authorized = [
            shop.payments.create(
                merchant_order_no=f"seed-authorized-{number}",
                amount=models.Money(value=1_000, currency="CNY"),
                method=models.AccountMethodInput(
                    source_account_id=parties.shop.account_id, payee_account_id=parties.buyer.account_id
                ),
                capture_method="manual",
            )
            for number in range(TO_CAPTURE + TO_VOID)
        ]
        refund = buyer.refunds.create(
            payment_id=paid.id, merchant_refund_no="seed-refund", amount=models.Money(value=1, currency="CNY")
        )
        return Seeds(
            ids={
                "pay": paid.id,
                "ref": refund.id,
                "acc": parties.buyer.account_id,
                "whe": endpoints[0].id,
                "evt": _first(lambda: list(buyer.events.list(limit=1))),
                "dlv": _first(lambda: list(buyer.webhook_deliveries.list(limit=1))),
            },
            to_close=[payment.id for payment in waiting],
            to_capture=[payment.id for payment in authorized[:TO_CAPTURE]],
            to_void=[payment.id for payment in authorized[TO_CAPTURE:]],
            to_delete=[endpoint.id for endpoint in endpoints[1:]],
            merchant_id=parties.buyer.merchant_id,
            order_no="seed-waiting-0",
            refund_no="seed-refund",
            own_account_id=parties.buyer.account_id,
            payee_account_id=parties.shop.account_id,
            hook_url=hook_url,
            expires_at=format_instant(later(SystemClock().now(), HOUR_MS)),
        )


def _first(listed: Any) -> str:
    """Return the id of the first object of a list that fills in the background."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := listed()):
        assert time.monotonic() < deadline
    return str(found[0].id)


def told(seeds: Seeds) -> dict[str, Any]:
    """Return the published document with the seeds as the values of ids, numbers and addresses.

    Nothing else about it is changed, except that the signature is no header to make up or leave out: every request is
    signed, so a missing one would not be missing. Random values of the same patterns name nothing: only with these does
    an example get further than 404 and 422. What negates a schema is made up by Schemathesis all the same.
    """
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    del document["components"]["securitySchemes"]["jws"]
    for requirement in document["security"]:
        del requirement["jws"]
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict) and "operationId" in operation:
                operation["security"] = [{"oauth2": each["oauth2"]} for each in operation["security"]]
                operation["parameters"] = [
                    _told_parameter(operation["operationId"], _resolved(document, parameter), seeds)
                    for parameter in operation.get("parameters", [])
                ]
                for media in operation.get("requestBody", {}).get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        _tell_example(example["value"], seeds)
    schemas = document["components"]["schemas"]
    account = schemas["AccountMethodInput"]["properties"]
    account["source_account_id"]["enum"] = [seeds.own_account_id]
    account["payee_account_id"]["enum"] = [seeds.payee_account_id]
    schemas["H5MethodInput"]["properties"]["return_url"]["enum"] = [f"{RETURN_ORIGIN}/done", f"{RETURN_ORIGIN}/?a=1"]
    schemas["RefundCreate"]["properties"]["payment_id"]["enum"] = [seeds.ids["pay"]]
    schemas["Amount"]["properties"]["currency"]["enum"] = ["CNY"]
    schemas["PaymentCreate"]["properties"]["expires_at"]["enum"] = [seeds.expires_at]
    for name in ("WebhookEndpointCreate", "WebhookEndpointUpdate"):
        schemas[name]["properties"]["url"]["enum"] = [seeds.hook_url, f"{seeds.hook_url}/other"]
    return document


def _tell_example(value: Any, seeds: Seeds) -> None:
    """Put the seeds where an example names objects of nobody, and a time that is still to come."""
    known = {
        "source_account_id": seeds.own_account_id,
        "payee_account_id": seeds.payee_account_id,
        "payment_id": seeds.ids["pay"],
        "return_url": f"{RETURN_ORIGIN}/done",
        "url": seeds.hook_url,
        "expires_at": seeds.expires_at,
    }
    if isinstance(value, dict):
        for name, member in value.items():
            _tell_example(member, seeds)
            if name in known:
                value[name] = known[name]


def _resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter of its own, where the document refers to a shared one."""
    reference = parameter.get("$ref")
    found = parameter if reference is None else document["components"]["parameters"][reference.rpartition("/")[2]]
    own: dict[str, Any] = copy.deepcopy(found)
    return own


def _to_be_ended(seeds: Seeds) -> dict[str, list[str]]:
    """Return what operations that work once on each object are given."""
    return {
        "payments.close": seeds.to_close,
        "payments.capture": seeds.to_capture,
        "payments.void": seeds.to_void,
        "webhook_endpoints.delete": seeds.to_delete,
    }


def _told_parameter(operation_id: str, parameter: dict[str, Any], seeds: Seeds) -> dict[str, Any]:
    schema = parameter["schema"]
    name, pattern = parameter["name"], str(schema.get("pattern", ""))
    if name == "On-Behalf-Of":
        schema["enum"] = [seeds.merchant_id]
    elif name == "id" and operation_id in (ended := _to_be_ended(seeds)):
        schema["enum"] = ended[operation_id]
    elif pattern[1:4] in seeds.ids and pattern[4:5] == "_":
        schema["enum"] = [seeds.ids[pattern[1:4]]]
    elif parameter["in"] == "path" and name == "merchant_order_no":
        schema["enum"] = [seeds.order_no]
    elif parameter["in"] == "path" and name == "merchant_refund_no":
        schema["enum"] = [seeds.refund_no]
    # The document's own examples name nobody's objects.
    if "enum" in schema:
        parameter.pop("example", None)
        parameter.pop("examples", None)
    return parameter
